"""The sentences that the rooms below the console say, read off their sources: `python -m tests.sentences` writes them
into console/words/known/ and animator/core/known.py, from where the catalogues have them.

A sentence is any text that begins and ends like one; so are the titles of errors. Documentation, logs, messages of
programming errors and the descriptions of APIs are none.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = {
    "applications": "console/words/known/applications.py",
    "templates_app": "console/words/known/templates_app.py",
    "procedures": "console/words/known/procedures.py",
    "media_jobs": "console/words/known/media_jobs.py",
    "animator": "animator/core/known.py",
}
# What only operators at a terminal, programmers and readers of an API's description see.
_LEFT_OUT = re.compile(r"/(migrations|management|maintenance|kernel|known)/|/(known|schema|api|audit_api)\.py|_api\.py")
_SENTENCE = re.compile(r"[A-Z“{].* .*([.!?…]”?|: \{\w+\})", re.DOTALL)
_PLACE = re.compile(r"\{\w+\}")
_QUIET = {"help", "help_text", "description", "summary", "epilog"}
_STATES = {"MediaState", "Outcome"}  # whose words are in console/words/states.py
_LOGS = {"debug", "info", "warning", "error", "exception", "log", "option"}
_FAULTS = {"TypeError", "AssertionError", "RuntimeError", "OSError", "LookupError"}
_HEAD = '''"""Written by `python -m tests.sentences`; what {room} says, for the catalogues."""

{noop}

SENTENCES = (
'''
_NOOP = {
    "animator": "from animator.core.languages import mark as _",
    "": "from django.utils.translation import gettext_noop as _",
}


def sentences(room: str) -> list[str]:
    """In the order of the alphabet, their values as places: "A file has at most {gib} GiB."."""
    found: set[str] = set()
    for path in sorted((ROOT / room).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not _LEFT_OUT.search(name) or name.startswith("media_jobs/api/"):
            found |= set(_in_module(ast.parse(path.read_text())))
    return sorted({_PLACE.sub("{}", text): text for text in sorted(found, reverse=True)}.values())


def written(room: str) -> str:
    """The module that has them."""
    lines = "".join(f"    _({json.dumps(text, ensure_ascii=False)}),\n" for text in sentences(room))
    return _HEAD.format(room=room, noop=_NOOP.get(room, _NOOP[""])) + lines + ")\n"


def _in_module(tree: ast.Module) -> Iterator[str]:
    silent = {id(part) for node in ast.walk(tree) for part in _silent(node)}
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        for text in _texts(node):
            fixed = _PLACE.sub("", text)
            if _SENTENCE.fullmatch(text) and len(re.findall("[A-Za-z]", fixed)) > 5:
                yield text
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "title":
            yield from _texts(node.value)
        elif (
            isinstance(node, ast.ClassDef)
            and node.name not in _STATES
            and any(_name(base).endswith("Choices") for base in node.bases)
        ):
            yield from _labels(node)
        elif isinstance(node, ast.keyword) and node.arg == "label":
            yield from _texts(node.value)


def _labels(choices: ast.ClassDef) -> Iterator[str]:
    """The words of a list of choices, where it has some."""
    for line in choices.body:
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple):
            yield from _texts(line.value.elts[1])


def _silent(node: ast.AST) -> Iterator[ast.AST]:
    """What lies below a node and isn't said to anybody."""
    below: list[ast.AST] = []
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # documentation
        below = [node]
    elif isinstance(node, ast.keyword) and node.arg in _QUIET:
        below = [node.value]
    elif isinstance(node, ast.Call) and _name(node.func) in _LOGS | _FAULTS | {"NamedTuple"}:
        below = [*node.args]
    elif isinstance(node, ast.Call) and _name(node.func) in ("extend_schema", "OpenApiParameter", "Exact"):
        below = [*node.args, *node.keywords]
    elif isinstance(node, ast.JoinedStr):
        below = [part for part in node.values if isinstance(part, ast.Constant)]
    return (part for one in below for part in ast.walk(one))


def _texts(node: ast.AST) -> list[str]:
    """A text as patterns: several, where a part of it is one of two texts."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [re.sub(r"\{\d?\}", "{value}", node.value)]
    if not isinstance(node, ast.JoinedStr):
        return []
    variants: list[tuple[str, list[str]]] = [("", [])]
    for part in node.values:
        either = _alternatives(part)
        if either is None:
            variants = [
                (text + "{" + (name := _unused(_place(part.value), names)) + "}", [*names, name])
                for text, names in variants
            ]
        else:
            variants = [(text + one, names) for text, names in variants for one in either]
    return [text for text, _ in variants]


def _alternatives(part: ast.expr) -> list[str] | None:
    """A constant's text, or those that a value chooses from; None for any other value."""
    if isinstance(part, ast.Constant):
        return [str(part.value)]
    value = part.value if isinstance(part, ast.FormattedValue) else part
    if isinstance(value, ast.IfExp):
        sides = [_alternatives(side) if isinstance(side, ast.Constant) else None for side in (value.body, value.orelse)]
        if sides[0] is not None and sides[1] is not None:
            return [*sides[0], *sides[1]]
    return None


def _place(value: ast.AST) -> str:
    """A name for a value."""
    if isinstance(value, ast.Name):
        return value.id.strip("_").lower()
    if isinstance(value, ast.Attribute):
        return value.attr.strip("_").lower().removeprefix("zoetrope_")
    if isinstance(value, ast.Subscript):
        return _place(value.value)
    if isinstance(value, ast.Call):
        named = {"len": "number", "join": "names"}.get(_name(value.func))
        return named or (_place(value.args[0]) if value.args else _place(value.func))
    if isinstance(value, ast.BoolOp):
        return _place(value.values[0])
    if isinstance(value, ast.BinOp):
        return _place(value.left)
    return "value"


def _unused(name: str, names: list[str]) -> str:
    return name if name not in names else next(f"{name}{n}" for n in range(2, 20) if f"{name}{n}" not in names)


def _name(function: ast.AST) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


if __name__ == "__main__":
    for room, module in ROOMS.items():
        (ROOT / module).write_text(written(room))
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", *ROOMS.values()], cwd=ROOT, check=True)
