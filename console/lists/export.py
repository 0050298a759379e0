"""Media as a file to take away: CSV for spreadsheets, or JSON Lines with what the API tells of each."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from applications.errors import LimitReached
from console.words.counted import grouped
from media_jobs.library.selectors import media_to_tell_of
from media_jobs.models import Media
from media_jobs.store.storage import url_of
from media_jobs.structures import iso, media_info

MOST = 100_000  # media in one file
_AT_ONCE = 200
_HEAD = (
    "FileId", "Name", "Description", "Category", "Labels", "Type", "Status", "Size", "Duration", "Created", "Modified",
    "Url", "AnimatedImages", "AnimatedImageUrls",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def exported(rows: Any, *, kind: str, among: int) -> StreamingHttpResponse:
    """`rows` are media, of `among` at most; `kind` csv or jsonl. A few hundred are held at a time, and the first are
    sent before the others are looked for. Raises LimitReached beyond MOST.
    """
    if among > MOST and rows.order_by()[: MOST + 1].count() > MOST:
        raise LimitReached(
            _("A file holds at most {most} media. Narrow the filter, say by time, and export in parts.").format(
                most=grouped(MOST)
            )
        )
    lines, content_type = _KINDS[kind]
    answer = StreamingHttpResponse(lines(_in_turn(rows.values_list("pk", flat=True))), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="media.{kind}"'
    return answer


def safe_cell(value: object) -> str:
    """A spreadsheet must not take a name for a formula: such a text gets an apostrophe before it."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """With the mark by which spreadsheets know UTF-8; numbers stay numbers, texts are safe_cell's."""
    yield "\ufeff"
    yield _line(head)
    for row in rows:
        yield _line([value if isinstance(value, int | float) else safe_cell(value) for value in row])


def _line(row: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(row)
    return line.getvalue()


def _in_turn(keys: QuerySet[Media, int]) -> Iterator[Media]:
    """In their order when the first were sent, whatever was deleted meanwhile left out."""
    first = list(keys[:_AT_ONCE])
    yield from _there(first)
    if len(first) == _AT_ONCE:
        sent = set(first)
        others = [key for key in keys if key not in sent]
        for start in range(0, len(others), _AT_ONCE):
            yield from _there(others[start : start + _AT_ONCE])


def _there(keys: list[int]) -> Iterator[Media]:
    found = {one.pk: one for one in media_to_tell_of(Media.objects.present().filter(pk__in=keys))}
    return (found[key] for key in keys if key in found)


def _csv(media: Iterable[Media]) -> Iterator[str]:
    return csv_lines(_HEAD, map(_row, media))


def _row(media: Media) -> Sequence[object]:
    images = media.animated_images.all()
    return (
        media.file_id,
        media.name,
        media.description,
        media.media_class or "",
        ", ".join(tag.name for tag in media.tags.all()),
        media.media_type,
        media.status,
        media.size,
        media.metadata["duration"] if media.metadata else "",
        iso(media.created_at),
        iso(media.updated_at),
        url_of(media.storage_key),
        len(images),
        " ".join(url_of(image.storage_key) for image in images),
    )


def _json_lines(media: Iterable[Media]) -> Iterator[str]:
    return (json.dumps(media_info(one), ensure_ascii=False) + "\n" for one in media)


_KINDS: dict[str, tuple[Callable[[Iterable[Media]], Iterator[str]], str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "jsonl": (_json_lines, "application/jsonl; charset=utf-8"),
}
