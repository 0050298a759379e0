"""What code, tests, templates and pages cite is there: sections, rules, invariants, faults, decisions, files, links."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {"node_modules", "var", "build", "dist", "__pycache__", "test-results"}
SUFFIXES = {".py", ".c", ".h", ".html", ".js", ".cjs", ".mjs", ".css", ".toml", ".md", ".sh", ".conf", ".service", ""}

NUMBER = r"[A-Z]?\d+(?:\.\d+)*"
GAP = r"[\s#*]+"  # a citation may go on in the next line of a comment
SECTIONS = rf"{NUMBER}(?:(?:,{GAP}|{GAP}and{GAP}|–){NUMBER})*"
PAGE = re.compile(rf'docs/(protocol|[\w/-]+\.md)(?!\w)(?:,?{GAP}({SECTIONS}|rule \d+|"[^"\n]+"))?')
DECISION = re.compile(r"\bADR\s+(\d+)")
INVARIANT = re.compile(rf"\binvariants?{GAP}(I\d+(?:(?:,{GAP}|{GAP}(?:to|and){GAP})I\d+)*)")
OLD = re.compile(r"(?<![\w/.-])(?:protocol|console|reliability|architecture|dependencies|engine|mission|peers)\.md\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED = re.compile(rf"\[[a-z]+ ({NUMBER})\]\(([\w/.-]+\.md)\)")
FILE = re.compile(r"`([a-z_]+/[\w/.-]+\.(?:py|c|h|html|js|toml|md|svg|yaml))`")


def walked() -> Iterator[Path]:
    """Every file that people wrote."""
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in SKIPPED and (not name.startswith(".") or name == ".ci")]
        yield from (Path(folder, name) for name in names)


def files() -> Iterator[Path]:
    """Those that cite; not this one, which cites nothing on purpose."""
    for path in walked():
        if path.suffix in SUFFIXES and path != Path(__file__).resolve() and not path.is_symlink():
            yield path


@cache
def marks(page: Path) -> frozenset[str]:
    """What a page can be cited by: numbered headings, rules, rows such as | F9 |, and headings in quotation marks."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    numbers = [match[0] for heading in headings if (match := re.match(rf"{NUMBER}(?= |$)", heading))]
    rows = re.findall(rf"^\| ({NUMBER}) \|", text, re.MULTILINE)
    rules = [f"rule {number}" for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    return frozenset([*numbers, *rows, *rules, *(f'"{heading}"' for heading in headings)])


def pages(cited: str) -> list[Path]:
    """`protocol` stands for all of its chapters."""
    if cited == "protocol":
        return sorted((ROOT / "docs/protocol").glob("*.md"))
    return [path for path in [ROOT / "docs" / cited] if path.is_file()]


def dead(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """(place, citation) of each that leads nowhere."""
    yield from dead_pages(text)
    yield from dead_numbers(text)
    if path.suffix == ".md":
        yield from dead_links(path, text)
    else:
        yield from ((match.start(), f"{match[0]}: write docs/{match[0]}") for match in OLD.finditer(text))


def dead_pages(text: str) -> Iterator[tuple[int, str]]:
    for match in PAGE.finditer(text):
        found = pages(match[1])
        there = {mark for page in found for mark in marks(page)}
        wanted = re.findall(rf'rule \d+|"[^"]+"|{NUMBER}', match[2] or "")
        if not found or not there.issuperset(wanted):
            yield match.start(), " ".join(match[0].split())


def dead_numbers(text: str) -> Iterator[tuple[int, str]]:
    invariants = marks(ROOT / "docs/architecture.md")
    for match in DECISION.finditer(text):
        if not list((ROOT / "docs/adr").glob(f"{int(match[1]):04}-*.md")):
            yield match.start(), match[0]
    for match in INVARIANT.finditer(text):
        if not invariants.issuperset(re.findall(r"I\d+", match[1])):
            yield match.start(), match[0]


def dead_links(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Of a page: links to other pages and their headings, numbers in a link's words, files in backticks."""
    for match in LINK.finditer(text):
        target, _, heading = match[1].partition("#")
        page = (path.parent / target).resolve() if target else path
        if not re.match(r"[a-z]+:", match[1]) and not (page.exists() and heading in slugs(page, heading)):
            yield match.start(), match[1]
    for match in NAMED.finditer(text):
        page = path.parent / match[2]
        if not page.is_file() or match[1] not in marks(page):
            yield match.start(), match[0]
    for match in FILE.finditer(text):
        if not any(file.endswith(f"/{match[1]}") for file in all_files()):
            yield match.start(), match[0]


def slugs(page: Path, heading: str) -> set[str]:
    """A page's headings as links spell them."""
    if not heading:
        return {""}
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@cache
def all_files() -> tuple[str, ...]:
    return tuple(f"/{path.relative_to(ROOT).as_posix()}" for path in walked())


def test_every_citation_leads_somewhere() -> None:
    nowhere = []
    for path in files():
        text = path.read_text(encoding="utf-8")
        lines = ((text.count("\n", 0, place) + 1, cited) for place, cited in dead(path, text))
        nowhere += [f"{path.relative_to(ROOT)}:{line}: {cited}" for line, cited in lines]
    assert not nowhere, "\n".join(["These lead nowhere:", *nowhere])


@pytest.mark.parametrize(
    "text",
    [
        "docs/protocol 2.9",
        "docs/protocol 2.8, 9.1",
        "docs/protocol 1.1–1.9",
        "docs/protocol\n    # 8",
        "docs/protocol rule 11",
        "docs/console.md 3.5",
        "docs/reliability.md F99",
        "docs/nothing.md",
        'docs/engine.md "How it is coloured"',
        "ADR 99",
        "invariant I11",
        "invariants I1 and I12",
        "protocol.md 2.8",
    ],
)
def test_a_citation_of_nothing_is_found(text: str) -> None:
    assert list(dead(Path("x.py"), f"# as {text}."))


@pytest.mark.parametrize(
    "text",
    [
        "(docs/protocol 2.8)",
        "docs/protocol 1.1–1.4",
        "docs/protocol 2.6 and 5",
        "docs/protocol rule 9",
        "docs/reliability.md F8, F9",
        'docs/engine.md "How large"',
        "docs/architecture.md",
        "ADR 2",
        "invariants I1 to I4",
    ],
)
def test_a_citation_of_something_is_not(text: str) -> None:
    assert not list(dead(Path("x.py"), f"# as {text}."))


@pytest.mark.parametrize(
    "text", ["[x](nothing.md)", "[x](api.md#nothing)", "[protocol 9](protocol/README.md)", "`a/b.py`"]
)
def test_a_link_to_nothing_is_found(text: str) -> None:
    assert list(dead(ROOT / "docs/x.md", text))
