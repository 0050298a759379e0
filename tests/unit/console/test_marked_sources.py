"""Every sentence and label that the console's Python and scripts say is marked for translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# What speaks to terminals and programs, and the patterns themselves.
ENGLISH = re.compile(r"console/(management|known|migrations)/|console/(following|choosing|working|snippets|admin)\.py")
SOURCES = sorted(
    path for path in (ROOT / "console").rglob("*.py") if not ENGLISH.match(path.relative_to(ROOT).as_posix())
)
SCRIPTS = sorted((ROOT / "static/console/js").rglob("*.js"))
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
# Names, which are the same in every language.
NAMES = {"GIF", "WebP", "REST", "API 3.0", "webhook-id", "webhook-timestamp", "webhook-signature", "3.5s, 50%"}
SHOWN = {"label", "help_text", "placeholder", "empty_label", "description"}
_SENTENCE = re.compile(r"[A-Z“].*\w \w.*[.!?…:]|[A-Z“][a-z]+ [a-z].*", re.DOTALL)
_MARKED = re.compile(r'\b[np]?gettext\((?:[^()"]|"(?:[^"\\]|\\.)*")*\)')
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`')
_VALUE = re.compile(r"\$\{(?:[^{}`]|\{[^{}]*\}|`[^`]*`)*\}")
_COMMENT = re.compile(r"(^|\s)//.*$", re.MULTILINE)
# What browsers and the server's answers call things.
_CALLED = re.compile(
    r"(Arrow\w+|Home|End|Page(Up|Down)|Escape|Enter|AbortError|ImageDecoder|Content-Type|EngineBusy|Superseded|TooLong"
    r"|Studio-Facts|Zoetrope-File-Id)"
)


def _texts(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)]
    return []


def unmarked(source: str) -> Iterator[str]:
    """Sentences anywhere, and labels where forms and choices have them."""
    tree = ast.parse(source)
    quiet = {id(part) for node in ast.walk(tree) for part in _quiet(node)}
    for node in ast.walk(tree):
        if id(node) not in quiet:
            yield from (text for text in _texts(node) if _SENTENCE.fullmatch(text) and "=" not in text)
        if isinstance(node, ast.keyword) and node.arg in SHOWN:
            yield from (text for text in _texts(node.value) if _is_label(text))
        if (
            isinstance(node, ast.Tuple)
            and len(node.elts) == 2
            and all(isinstance(one, ast.Constant) for one in node.elts)
        ):
            yield from (text for text in _texts(node.elts[1]) if _is_label(text) and re.match("[A-Z][a-z]", text))


def _is_label(text: str) -> bool:
    return bool(re.search(r"[A-Za-z]{2}", text)) and text not in NAMES and not text.startswith("http")


def _quiet(node: ast.AST) -> Iterator[ast.AST]:
    """What is marked below a node, or is said to nobody: documentation, messages of programming errors."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (*MARKS, "TypeError"):
        for argument in node.args:
            yield from ast.walk(argument)
    if isinstance(node, ast.JoinedStr):
        yield from node.values


def unmarked_in_script(source: str) -> Iterator[str]:
    """Literals that begin as texts do, and patterns with several words beside their values."""
    for found in _LITERAL.finditer(_MARKED.sub("", _COMMENT.sub("", source))):
        text = found[0][1:-1]
        begins = re.match(r"[A-Z“][a-z]", text) and not _CALLED.fullmatch(text)
        filled = found[0][0] == "`" and re.search(
            r"[a-z]{2,} [a-z]{2,}(?![\w-])|^ ?[a-z]{2,} |of ", _VALUE.sub("", text)
        )
        if begins or (filled and not text.startswith(("state state", "bi bi"))):
            yield text


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_of_a_module_is_marked(path: Path) -> None:
    assert list(unmarked(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_of_a_script_is_marked(path: Path) -> None:
    assert list(unmarked_in_script(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('messages.success(request, "The cover is changed.")', ["The cover is changed."]),
        ('messages.success(request, _("The cover is changed."))', []),
        ('messages.success(request, f"Template {made} is created.")', ["Template {} is created."]),
        ('messages.success(request, _("Template {made} is created.").format(made=made))', []),
        ('name = forms.CharField(label="Name", help_text=_("At most 40 characters."))', ["Name"]),
        ('SPANS = [("1", "Today"), ("7", _("Last 7 days"))]', ["Today"]),
        ('def f():\n    """A docstring is for programmers."""', []),
        ('raise TypeError(f"{name} can\'t offer anything.")', []),
        ('urls = reverse("console:task")', []),
    ],
)
def test_what_is_not_marked_in_a_module_is_found(source: str, found: list[str]) -> None:
    assert list(unmarked(source)) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('speak("Copied");', ["Copied"]),
        ('speak(gettext("Copied"));', []),
        ('speak(pgettext("pixels", "Size"));', []),
        ("place.textContent = `${number} chosen by you`;", ["${number} chosen by you"]),
        ('place.textContent = filled(gettext("%(number)s chosen"), { number });', []),
        ("icon.className = `bi bi-${name}`;", []),
        ('if (event.key === "PageDown") return; // Not a text', []),
    ],
)
def test_what_is_not_marked_in_a_script_is_found(source: str, found: list[str]) -> None:
    assert list(unmarked_in_script(source)) == found
