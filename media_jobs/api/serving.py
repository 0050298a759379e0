"""Serving media bytes to whoever holds their unguessable URL, with ranges, so that a browser can seek in a video."""

import re
from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from media_jobs.models import AnimatedImage, Media
from media_jobs.store.formats import content_type
from media_jobs.store.storage import storage

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_BLOCK = 256 * 1024


@require_safe
def deliver(request: HttpRequest, key: str) -> HttpResponseBase:
    """Answer 200, 206 or 416; 404 for what is unknown, deleted or forbidden. `?download` makes the browser save it.

    The type is ours, never the uploader's claim, and anything that isn't an image or a video is only ever saved.
    Should a browser run something of it all the same, the policy's `sandbox` keeps that from acting as the console's
    origin (docs/reliability.md 1.5).
    """
    name = _public_name(key)
    try:
        response = _answer(request.headers.get("Range", ""), key)
    except FileNotFoundError:
        raise Http404 from None
    kind = content_type(key.rpartition(".")[2])
    attached = kind == "application/octet-stream" or "download" in request.GET
    response["Content-Type"] = kind
    response["Content-Disposition"] = content_disposition_header(attached, name) or "inline"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _public_name(key: str) -> str:
    """The file name to save as. Raises Http404 when the key is not one to serve."""
    image = AnimatedImage.objects.filter(storage_key=key).select_related("media").first()
    if image and _is_public(image.media):
        return f"{image.media.name}.f{image.definition}.{image.container}"
    media = _media_of(key)
    if media and _is_public(media):
        return f"{media.name}.{key.rpartition('.')[2]}"
    raise Http404


def _media_of(key: str) -> Media | None:
    """Whose source, poster or cover this is; the key itself says where to look, so that no list is searched."""
    app_id, _, rest = key.partition("/")
    if not (app_id.isascii() and app_id.isdecimal()):
        return None
    media = Media.objects.filter(application__app_id=int(app_id[:19]), file_id=rest.partition("/")[0]).first()
    if media is None or key in (media.storage_key, media.poster_key):
        return media
    return media if media.jobs.filter(cover_key=key).exists() else None


def _is_public(media: Media) -> bool:
    return media.deleted_at is None and media.status == Media.Status.NORMAL


def _answer(asked: str, key: str) -> HttpResponseBase:
    size = storage().size(key)
    span = _span(asked, size)
    if span is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = span
    response = StreamingHttpResponse(_blocks(key, first, last + 1 - first))
    response["Content-Length"] = str(last + 1 - first)
    if asked and (last + 1 - first) != size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte wanted, or None. What isn't one plain range is answered whole (RFC 9110 14.2)."""
    match = _RANGE.fullmatch(asked.strip())
    if not match or match.groups() == ("", ""):
        return 0, size - 1
    start, end = match.groups()
    first = int(start) if start else max(0, size - int(end))
    last = min(int(end), size - 1) if start and end else size - 1
    return (first, last) if first <= last else None


def _blocks(key: str, first: int, length: int) -> Iterator[bytes]:
    """The file is opened by whoever reads: a HEAD and a client that has gone leave nothing open."""
    with storage().open(key) as file:
        file.seek(first)
        while length and (block := file.read(min(_BLOCK, length))):
            length -= len(block)
            yield block
