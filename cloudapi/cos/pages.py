"""Lists of keys in pages, as COS cuts them: a prefix, a delimiter that folds what lies below it, markers, a limit."""

from collections.abc import Iterable, Sequence
from typing import TypeVar
from urllib.parse import quote

from applications.whole_numbers import whole
from cloudapi.cos import xml
from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.request import ObjectRequest

Row = TypeVar("Row")
Entry = tuple[str, Row | None]  # a key with its row, or a common prefix with None
_MOST = 1000


def entries_of(request: ObjectRequest, rows: Iterable[tuple[str, Row]]) -> list[Entry[Row]]:
    """The (key, row) pairs below the prefix that is asked for, each group that the delimiter folds as one entry.

    `rows` come sorted by key.
    """
    prefix, delimiter = request.option("prefix") or "", request.option("delimiter") or ""
    found: list[Entry[Row]] = []
    for key, row in rows:
        if not key.startswith(prefix):
            continue
        head, mark, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        if not mark:
            found.append((key, row))
        elif found[-1:] != [(prefix + head + mark, None)]:
            found.append((prefix + head + mark, None))
    return found


def cut(entries: Sequence[Entry[Row]], *, limit: int) -> tuple[Sequence[Entry[Row]], bool]:
    """The page, and whether there is more. A page of nothing has no next one: nobody could go on from it."""
    return entries[:limit], 0 < limit < len(entries)


def common_prefixes(request: ObjectRequest, page: Iterable[Entry[Row]]) -> list[tuple[str, xml.Fields]]:
    return [("CommonPrefixes", [("Prefix", spelt(request, name))]) for name, row in page if row is None]


def asked_fields(request: ObjectRequest) -> list[tuple[str, str | int | xml.Fields]]:
    """What was asked for, said back as COS does: an encoding and a delimiter only where they were given."""
    fields: list[tuple[str, str | int | xml.Fields]] = []
    if encoding := request.option("encoding-type"):
        fields.append(("EncodingType", encoding))
    if delimiter := request.option("delimiter"):
        fields.append(("Delimiter", spelt(request, delimiter)))
    return fields


def limit_of(request: ObjectRequest, name: str) -> int:
    """How many entries a page may have. Raises ObjectRefused (InvalidArgument)."""
    return min(_MOST, number_of(request, name, default=_MOST))


def number_of(request: ObjectRequest, name: str, *, default: int) -> int:
    """A missing and an empty parameter both leave the default. Raises ObjectRefused (InvalidArgument)."""
    text = request.option(name)
    number = whole(text, most=2**31 - 1) if text else default
    if number is None:
        raise ObjectRefused("InvalidArgument", f"{name} must be a whole number between 0 and 2147483647.")
    return number


def spelt(request: ObjectRequest, text: str) -> str:
    """A key as the client wants to read it. Raises ObjectRefused (InvalidArgument)."""
    encoding = request.option("encoding-type")
    if encoding not in (None, "", "url"):
        raise ObjectRefused("InvalidArgument", "encoding-type can only be url.")
    return quote(text) if encoding else text
