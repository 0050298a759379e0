"""`manage.py messages`: gathers the texts of pages, Python and scripts into the .po files. Needs Debian's gettext."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.core.management.commands import makemessages

from config.catalogues import FOLDERS, LANGUAGES, catalogues

IGNORED = [".venv", "node_modules", "var", "build", "dist", "tests", "docs", "stubs"]
DOMAINS = {"django": ["py", "html"], "djangojs": ["js"]}


class _Gather(makemessages.Command):
    """A guess from a text that looks alike would be shown to nobody, and be in the translator's way."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]


class Command(BaseCommand):
    help = "Gathers the texts that are to be translated into the .po files, and says what isn't translated yet."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        os.chdir(settings.BASE_DIR)
        for folder in FOLDERS:
            (settings.BASE_DIR / folder).mkdir(exist_ok=True)
        for domain, extensions in DOMAINS.items():
            call_command(
                _Gather(),
                *(f"--locale={language}" for language in LANGUAGES),
                *(f"--ignore={pattern}" for pattern in IGNORED),
                *(f"--extension={extension}" for extension in extensions),
                domain=domain,
                no_obsolete=True,
                no_wrap=True,
                add_location="file",
                verbosity=0,
            )
        said = _said_already()
        for path in catalogues(settings.BASE_DIR):
            _tidy(path, said)
            for line in _missing(path):
                self.stdout.write(line)


Said = dict[tuple[str, str | None, str], polib.POEntry]


def _said_already() -> Said:
    """Every text's translation by language, context and text: what one file says, another says the same way."""
    files = [(path.parent.parent.name, polib.pofile(str(path))) for path in catalogues(settings.BASE_DIR)]
    return {(language, one.msgctxt, one.msgid): one for language, texts in files for one in texts.translated_entries()}


def _tidy(path: Path, said: Said) -> None:
    """Without dates and names, which would make every two branches conflict."""
    texts = polib.pofile(str(path), wrapwidth=0)
    kept = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Plural-Forms")
    texts.metadata = {"Language": path.parent.parent.name} | {
        name: value for name, value in texts.metadata.items() if name in kept
    }
    texts.metadata["Plural-Forms"] = "nplurals=1; plural=0;"
    for text in texts.untranslated_entries():
        if known := said.get((path.parent.parent.name, text.msgctxt, text.msgid)):
            text.msgstr, text.msgstr_plural = known.msgstr, known.msgstr_plural
    texts.header = ""
    texts.metadata_is_fuzzy = False
    path.write_text(str(texts), encoding="utf-8")


def _missing(path: Path) -> Iterator[str]:
    texts = polib.pofile(str(path))
    for entry in [*texts.untranslated_entries(), *texts.fuzzy_entries()]:
        yield f"{path.relative_to(settings.BASE_DIR)}: {entry.msgid!r}"
