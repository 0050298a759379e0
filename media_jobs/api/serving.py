"""Serving media bytes to whoever holds their unguessable URL, with ranges, so that a browser can seek in a video."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from applications.models import Application
from applications.proxies import came_by_proxy
from applications.whole_numbers import whole
from media_jobs.library.snapshots import snapshot_set_named, webvtt_of
from media_jobs.models import AnimatedImage, Media, Sibling, still_there
from media_jobs.store.formats import content_type
from media_jobs.store.storage import storage
from media_jobs.store.stretch import Stretch, span

_DAY = 86_400


@csrf_exempt  # so that what is no GET is told so, and not of forms
@require_safe
def deliver(request: HttpRequest, key: str) -> HttpResponseBase:
    """Answer 200, 206, 416, or 302 to the store; 404 for what is unknown, deleted or forbidden, or of an application
    that is switched off or terminated. `?download` saves it.

    The type is ours, never the uploader's claim, and anything that isn't an image or a video is only ever saved.
    Should a browser run something of it all the same, the policy's `sandbox` keeps that from acting as the console's
    origin (docs/reliability.md 1.5).
    """
    served = _served_as(key)
    kind, fresh = content_type(key.rpartition(".")[2]), _fresh_for(served.media)
    attached = kind == "application/octet-stream" or "download" in request.GET
    headers = {
        "Content-Type": kind,
        "Content-Disposition": content_disposition_header(attached, served.name) or "inline",
        "Cache-Control": f"private, max-age={fresh}, immutable",
    }
    response = _redirect(request, served, seconds=fresh, headers=headers) or _sent(request, served, headers=headers)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    if kind == "text/vtt":  # a player's script reads it, on whatever page; whoever knows the address may
        response["Access-Control-Allow-Origin"] = "*"
    return response


@dataclass(frozen=True, slots=True)
class _Served:
    """What a key stands for: the stored file `key` or, of it, `span`, a first byte and a length; or the bytes `made`.

    `name` is the one to save it under.
    """

    name: str
    media: Media
    key: str
    span: tuple[int, int] | None = None
    made: bytes | None = None

    @property
    def is_whole(self) -> bool:
        return self.span is None and self.made is None

    @property
    def size(self) -> int:
        """Raises FileNotFoundError."""
        if self.made is not None:
            return len(self.made)
        return self.span[1] if self.span else storage().size(self.key)

    def stretch(self, *, first: int, length: int) -> Stretch:
        if self.made is not None:
            made = self.made
            return Stretch(lambda: BytesIO(made), first=first, length=length)
        begin = self.span[0] if self.span else 0
        return Stretch(lambda: storage().open(self.key), first=begin + first, length=length)


def _redirect(
    request: HttpRequest, served: _Served, *, seconds: int, headers: Mapping[str, str]
) -> HttpResponse | None:
    """To the store, if clients may fetch there; it is over before the media expires, and soon after it is forbidden.

    Not for what is a part of a stored file.
    """
    life = min(settings.ZOETROPE_MEDIA_REDIRECT_SECONDS, seconds) if served.is_whole else 0
    link = storage().link(served.key, method=request.method or "GET", seconds=life, headers=headers) if life else ""
    if not link:
        return None
    return HttpResponse(status=302, headers={"Location": link, "Cache-Control": f"private, max-age={life // 2}"})


def _sent(request: HttpRequest, served: _Served, *, headers: Mapping[str, str]) -> HttpResponseBase:
    try:
        response = _answer(request, served)
    except FileNotFoundError:
        raise Http404 from None
    for name, text in headers.items():
        response[name] = text
    if "X-Accel-Redirect" not in response:  # nginx says so itself
        response["Accept-Ranges"] = "bytes"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _served_as(key: str) -> _Served:
    """Raises Http404 when the key is not one to serve."""
    for look in (_image, _sibling, _snapshot, _of_media):
        if (found := look(key)) and _may_be_seen(found.media):
            return found
    raise Http404


def _may_be_seen(media: Media) -> bool:
    return media.status == Media.Status.NORMAL and media.application.status == Application.Status.ON


def _sibling(key: str) -> _Served | None:
    """Only a picture's files are called v.f….…, so that for others nothing is looked up."""
    if not key.rpartition("/")[2].startswith("v.f"):
        return None
    found = (
        Sibling.objects.filter(still_there("media__"), storage_key=key)
        .select_related("image", "media__application")
        .first()
    )
    if found is None:
        return None
    return _Served(f"{found.media.name}.f{found.image.definition}.{key.rpartition('.')[2]}", found.media, key)


def _image(key: str) -> _Served | None:
    image = (
        AnimatedImage.objects.filter(still_there("media__"), storage_key=key)
        .select_related("media__application")
        .first()
    )
    if image is None:
        return None
    return _Served(f"{image.media.name}.f{image.definition}.{image.container}", image.media, key)


def _snapshot(key: str) -> _Served | None:
    found = snapshot_set_named(key)
    if found is None:
        return None
    name = f"{found.media.name}.{key.rpartition('/v.')[2]}"
    if key == found.webvtt_key:
        return _Served(name, found.media, key, made=webvtt_of(found).encode())
    begin, length = found.spans[found.picture_keys.index(key)]
    return _Served(name, found.media, found.storage_key, span=(begin, length))


def _of_media(key: str) -> _Served | None:
    media = _media_of(key)
    return _Served(f"{media.name}.{key.rpartition('.')[2]}", media, key) if media else None


def _fresh_for(media: Media) -> int:
    """Seconds for which a browser may show it again without asking: never beyond the moment at which it expires."""
    left = (media.expires_at - timezone.now()).total_seconds() if media.expires_at else _DAY
    return max(0, min(_DAY, int(left)))


def _media_of(key: str) -> Media | None:
    """Whose source, poster, cover or studio file this is; the key itself says where to look, so no list is searched."""
    app_id, _, rest = key.partition("/")
    number = whole(app_id)
    if number is None:
        return None
    there = Media.objects.present().filter(application__app_id=number, file_id=rest.partition("/")[0])
    media = there.select_related("application").first()
    if media is None or key in (media.storage_key, media.poster_key):
        return media
    made = media.jobs.filter(cover_key=key).exists() or media.studio_files.filter(storage_key=key).exists()
    return media if made else None


def _answer(request: HttpRequest, served: _Served) -> HttpResponseBase:
    """The bytes; or, where nginx in front sends files itself, the name by which it finds this one on the disk.

    nginx then sees to ranges and HEAD. Whoever asks without it is sent the bytes from here.
    """
    asked, size = request.headers.get("Range", ""), served.size
    wanted = span(asked, size)
    if wanted is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if settings.ZOETROPE_ACCEL and served.is_whole and came_by_proxy(request):
        return HttpResponse(headers={"X-Accel-Redirect": settings.ZOETROPE_ACCEL + quote(served.key)})
    first, last = wanted
    response = FileResponse(served.stretch(first=first, length=last + 1 - first))
    response["Content-Length"] = str(last + 1 - first)
    if asked and (last + 1 - first) != size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response
