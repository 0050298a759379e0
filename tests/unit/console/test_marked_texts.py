"""Every word that a page's template says is marked for translation: texts, and attributes that are read or shown."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "console/templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
READ = {"title", "aria-label", "placeholder", "alt", "data-confirm", "data-confirm-body", "data-confirm-action"}
VERBATIM = {"code", "pre", "script", "style"}
# Names, which are the same in every language.
NAMES = {
    *("Zoetrope", "MD5", "SSIM", "SecretId", "SecretKey", "WebVTT", "REST API", "CSV", "HTML", "Markdown", "A", "fps"),
    *("webhook-id", "Hz", "JPEG", "evt", "UTC", "ProcedureTask", "x", "id", "JSON Lines", "API"),
}
_MARKED = re.compile(
    r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|\{% blocktranslate[^%]*%\}.*?\{% endblocktranslate %\}", re.DOTALL
)
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_GIVEN = re.compile(r'(?:\b(?:text|title|words|label|secret_label)=|\|default:|\{% sorted_heading "\w+" )"([^"]*)"')


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._verbatim: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VERBATIM:
            self._verbatim.append(tag)
        self.found += [value for name, value in attrs if name in READ and value and not value.startswith("[{")]

    def handle_endtag(self, tag: str) -> None:
        if self._verbatim and self._verbatim[-1] == tag:
            self._verbatim.pop()

    def handle_data(self, data: str) -> None:
        if not self._verbatim:
            self.found.append(data)


def unmarked(source: str) -> Iterator[str]:
    """Texts with letters in them that are in no translation tag and are no name."""
    bare = _MARKED.sub("", source)
    reader = _Reader()
    reader.feed(_TAG.sub("", bare))
    said = [*reader.found, *(given for tag in _TAG.findall(bare) for given in _GIVEN.findall(tag))]
    for text in said:
        words = re.sub(r"\s+", " ", text).strip(" ·×.,:;()–_/")
        if re.search(r"[^\W\d_]", words) and words not in NAMES:
            yield words


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_every_text_of_a_template_is_marked(path: Path) -> None:
    assert list(unmarked(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ('<p>{% translate "Hello" %}</p>', []),
        ('<a title="Hello {{ name }}">{% icon "x" %}</a>', ["Hello"]),
        ("<p>{% blocktranslate with a=b %}Hello {{ a }}{% endblocktranslate %} you</p>", ["you"]),
        ('{% include "row.html" with text="Hello" %}', ["Hello"]),
        ('{% include "row.html" with text=_("Hello") address="console:x" %}', []),
        ('{{ name|default:"Nobody" }}{{ name|default:"–" }}', ["Nobody"]),
        ('{% sorted_heading "name" "Name" %}{% sorted_heading "name" _("Name") %}', ["Name"]),
        ("<p>안녕</p>", ["안녕"]),
        ("<code>ZOETROPE_ROLE</code> 5 × {{ n }}", []),
    ],
)
def test_what_is_not_marked_is_found(source: str, found: list[str]) -> None:
    assert list(unmarked(source)) == found
