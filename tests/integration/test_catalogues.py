"""The translations are complete, and are those of the texts that the sources have."""

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

from config.catalogues import FOLDERS, LANGUAGES, ROOT, catalogues, compile_all

PATHS = list(catalogues())
ROOMS = (
    "animator",
    "applications",
    "cloudapi",
    "config",
    "console",
    "media_jobs",
    "procedures",
    "static",
    "templates_app",
)
_PLACEHOLDER = re.compile(r"%%|%\(\w+\)[a-z]|%[sd]|\{\w*\}")
_MARKUP = re.compile(r"</?\w[^>]*>")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def pairs(path: Path) -> Iterator[tuple[str, str]]:
    """Each text with its translation; of a counted one, the form for many."""
    for entry in polib.pofile(str(path)):
        for said in [entry.msgstr, *entry.msgstr_plural.values()]:
            if said:
                yield entry.msgid_plural or entry.msgid, said


def wanting(path: Path) -> list[str]:
    """What is untranslated, only guessed, or of no use any more."""
    texts = polib.pofile(str(path))
    return [entry.msgid for entry in [*texts.untranslated_entries(), *texts.fuzzy_entries(), *texts.obsolete_entries()]]


def test_every_language_has_the_same_files() -> None:
    for folder in FOLDERS:
        files = [{path.name for path in (ROOT / folder / language).rglob("*.po")} for language in LANGUAGES]
        assert all(one == files[0] for one in files)


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_every_text_is_translated(path: Path) -> None:
    assert wanting(path) == []


@pytest.mark.parametrize("path", PATHS, ids=name_of)
def test_a_translation_has_its_texts_placeholders_and_markup(path: Path) -> None:
    for text, said in pairs(path):
        assert sorted(_PLACEHOLDER.findall(said)) == sorted(_PLACEHOLDER.findall(text)), text
        assert sorted(_MARKUP.findall(said)) == sorted(_MARKUP.findall(text)), text
        assert said.count('"') == text.count('"'), f"in an attribute it would end it: {text}"
        assert said == said.strip() or text != text.strip(), text


def test_one_text_is_translated_in_one_way() -> None:
    """Where that would be wrong, the texts are told apart by a context."""
    ways: defaultdict[tuple[str, str | None, str], set[str]] = defaultdict(set)
    for path in PATHS:
        for entry in polib.pofile(str(path)):
            said = entry.msgstr or "".join(entry.msgstr_plural.values())
            ways[path.parent.parent.name, entry.msgctxt, entry.msgid].add(said)
    assert {key: said for key, said in ways.items() if len(said) > 1} == {}


def test_the_files_are_those_of_the_sources(tmp_path: Path) -> None:
    """`make messages` in a copy finds nothing new and nothing gone."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.mo"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    command = [sys.executable, "manage.py", "messages"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    assert done.returncode == 0, done.stderr
    for path in PATHS:
        now = {(e.msgctxt, e.msgid) for e in polib.pofile(str(tmp_path / path.relative_to(ROOT)))}
        kept = {(e.msgctxt, e.msgid) for e in polib.pofile(str(path))}
        assert now == kept, f"{name_of(path)}: make messages"


def test_compiling_makes_what_is_read_and_leaves_what_is_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / FOLDERS[0] / "ko" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Save"\nmsgstr "저장"\n')
    compile_all(tmp_path)
    made = folder / "django.mo"
    assert [(entry.msgid, entry.msgstr) for entry in polib.mofile(str(made))] == [("Save", "저장")]
    assert [path.name for path in folder.iterdir()].count("django.mo") == 1 and len(list(folder.iterdir())) == 2
    first = made.stat().st_mtime_ns
    compile_all(tmp_path)
    assert made.stat().st_mtime_ns == first
