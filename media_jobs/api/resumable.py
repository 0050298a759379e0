"""tus 1.0.0 with the extensions of tus.EXTENSIONS, whoever may ask: what REST and visitors' uploads share."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from applications.errors import Forbidden, Mistakes, Refused
from applications.models import Application, User
from applications.rest.strict_query import KnownQuery, query_mistakes
from applications.rest.untouched import Untouched
from applications.rest.validated import refusals
from media_jobs.models import PARTIAL, Upload
from media_jobs.states import UploadState
from media_jobs.uploads import services as uploads
from media_jobs.uploads import tus
from media_jobs.uploads.concatenate import MOST_PIECES, concatenate, length_of
from media_jobs.uploads.incoming import body_of, declared_length, has_body
from media_jobs.uploads.refusals import OffsetMismatch, UploadClosed, UploadTooLarge
from media_jobs.uploads.services import Wanted

# What tus clients say of any file without being asked: tus-js-client, Uppy.
_HABITS = frozenset({"filetype", "name", "type", "relativePath"})


class TusView(GenericAPIView[Upload]):
    """What both addresses share: the version check, the version header, and bodies that nobody parses.

    A door says in whose application uploads lie, and finds them by their ids.
    """

    parser_classes = [Untouched]

    def application(self) -> Application:
        raise NotImplementedError

    def found(self, id: str) -> Upload:
        """Raises NotFound."""
        raise NotImplementedError

    def living(self, id: str) -> Upload:
        """Raises NotFound or UploadClosed (cancelled or expired)."""
        upload = self.found(id)
        expired = upload.state == UploadState.OPEN and upload.expires_at < timezone.now()
        if upload.state == UploadState.ABORTED or expired:
            raise UploadClosed("This upload was cancelled or has expired. Start again.")
        return upload

    def check_permissions(self, request: Request) -> None:
        """Anybody may ask what is spoken here; a browser that asks first couldn't tell its page why not."""
        if request.method != "OPTIONS":
            super().check_permissions(request)
        elif "Access-Control-Request-Method" not in request.headers:
            KnownQuery().has_permission(request, self)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in ("GET", "OPTIONS"):
            tus.check_version(request.headers)
        if request.method in ("HEAD", "DELETE"):  # the others tell it beside what else is wrong
            _mistakes(request).refuse()

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = tus.VERSION
        response["Cache-Control"] = "no-store"
        return response

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if isinstance(exc, OffsetMismatch):
            response["Upload-Offset"] = str(exc.offset)
        if isinstance(exc, tus.UnsupportedVersion):
            response["Tus-Version"] = tus.VERSION
        return response

    @extend_schema(exclude=True)
    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        return Response(status=204, headers=tus.capabilities())


class BeginUpload(TusView):
    """Creation: of a file, of a piece of one, or of a file that is made of such pieces."""

    door: str

    def user(self) -> User | None:
        raise NotImplementedError

    def against(self, said: dict[str, str]) -> Iterable[Refused]:
        """What is wrong with what the client says of the file in Upload-Metadata."""
        raise NotImplementedError

    def wanted(self, said: dict[str, str], *, length: int | None) -> Wanted:
        """The same, where nothing is. Raises what refuses it."""
        raise NotImplementedError

    def location(self, upload: Upload) -> str:
        raise NotImplementedError

    @extend_schema(summary="Begin an upload (tus creation)", request=None, responses={201: None})
    def post(self, request: Request) -> Response:
        with_bytes = has_body(request._request)
        if with_bytes:
            tus.check_content_type(request.headers)
        self._check(request)
        upload = self.begun(request)
        if with_bytes:
            upload = _receive(request, upload, offset=0)
        headers = {"Location": self.location(upload), **tus.state(_settled(upload))}
        return Response(status=201, headers=headers)

    def begun(self, request: Request) -> Upload:
        """Its row and its room; no byte of this request is read. Raises Refused when there is nothing of it."""
        ids = tus.pieces(request.headers)
        application, user, door = self.application(), self.user(), self.door
        if ids:
            pieces = [self.living(id) for id in ids[: MOST_PIECES + 1]]
            wanted = self._wanted(request, length=length_of(pieces))
            return concatenate(pieces, application=application, wanted=wanted, door=door, user=user)
        length = tus.length_or_deferred(request.headers)
        if request.headers.get("Upload-Concat") == PARTIAL:
            return uploads.begin_partial(application=application, length=length, door=door, user=user)
        wanted = self._wanted(request, length=length)
        return uploads.begin(application=application, wanted=wanted, door=door, user=user)

    def _check(self, request: Request) -> None:
        """Raises InvalidValue: all that is wrong with the query, the headers and what they say of the file."""
        headers, mistakes = request.headers, _mistakes(request)
        is_final = mistakes.unless(lambda: bool(tus.pieces(headers)))
        if not is_final:
            mistakes.unless(lambda: tus.length_or_deferred(headers))
        if headers.get("Upload-Concat") != PARTIAL:
            said = mistakes.unless(lambda: _said(request))
            mistakes.found += self.against(said) if said is not None else ()
        mistakes.unless(lambda: tus.checksum(headers))
        mistakes.refuse()

    def _wanted(self, request: Request, *, length: int | None) -> Wanted:
        wanted = self.wanted(_said(request), length=length)
        return replace(wanted, concat=request.headers.get("Upload-Concat", ""))


class GoOn(TusView):
    """One upload: how far it is, its next bytes, its end."""

    pagination_class = None

    def get_object(self) -> Upload:
        return self.found(self.kwargs["id"])

    @property
    def allowed_methods(self) -> list[str]:
        """POST only ever stands for another."""
        return [method for method in super().allowed_methods if method != "POST"]

    @extend_schema(summary="Ask how far an upload is (tus)", responses={200: None})
    def head(self, request: Request, id: str) -> Response:
        return Response(headers=tus.state(_settled(self.living(id))))

    @extend_schema(summary="Send the next bytes (tus)", request=None, responses={204: None})
    def patch(self, request: Request, id: str) -> Response:
        tus.check_content_type(request.headers)
        mistakes = _mistakes(request)
        offset = mistakes.unless(lambda: tus.number(request.headers, "Upload-Offset"))
        mistakes.unless(lambda: tus.checksum(request.headers))
        if "Upload-Length" in request.headers:
            mistakes.unless(lambda: tus.length(request.headers))
        mistakes.refuse()
        assert offset is not None
        upload = _settled(self.living(id))
        if upload.concat and not upload.is_partial:
            raise Forbidden("A file that was put together of pieces takes no further bytes.")
        if upload.media is None:
            _declare(request, upload)
            upload = _receive(request, upload, offset=offset)
        elif offset != upload.offset:
            raise OffsetMismatch(upload.offset)
        return Response(status=204, headers=tus.state(upload))

    @extend_schema(summary="Cancel an upload (tus termination)", responses={204: None})
    def delete(self, request: Request, id: str) -> Response:
        upload = self.living(id)
        if upload.state == UploadState.COMMITTED:
            raise UploadClosed("This upload is complete. Delete its media instead.")
        uploads.discard(upload=upload)
        return Response(status=204)

    @extend_schema(exclude=True)
    def post(self, request: Request, id: str) -> Response:
        """For networks that let only GET and POST through (tus, X-HTTP-Method-Override)."""
        override = request.headers.get("X-HTTP-Method-Override")
        if override == "PATCH":
            return self.patch(request, id)
        _mistakes(request).refuse()
        if override == "DELETE":
            return self.delete(request, id)
        raise MethodNotAllowed("POST")


def _mistakes(request: Request) -> Mistakes:
    """What is wrong with the query, and headers that tus doesn't have."""
    return Mistakes([*refusals(query_mistakes(request)), *tus.strangers(request.headers)])


def _said(request: Request) -> dict[str, str]:
    """Upload-Metadata without what every client says. Raises InvalidValue."""
    return {name: value for name, value in tus.metadata(request.headers).items() if name not in _HABITS}


def _receive(request: Request, upload: Upload, *, offset: int) -> Upload:
    """Append the body and commit what is complete. Bytes that can't be right are forgotten again."""
    source = body_of(request._request)
    checksummed = tus.checksummed(request.headers, source)
    _check_room(request._request, upload, offset=offset)
    try:
        upload = uploads.append(upload_id=upload.id, offset=offset, source=checksummed or source)
    except UploadTooLarge:
        uploads.rewind(upload_id=upload.id, offset=offset)
        raise
    if checksummed and not checksummed.holds():
        uploads.rewind(upload_id=upload.id, offset=offset)
        raise tus.ChecksumMismatch("The checksum doesn't fit the bytes. Send them again.")
    return _settled(upload)


def _settled(upload: Upload) -> Upload:
    """A complete file becomes a media at once; also one whose last answer was lost in a crash. Its pieces don't."""
    if upload.is_complete and upload.state == UploadState.OPEN and not upload.is_partial:
        upload.media = uploads.commit(upload_id=upload.id)
    return upload


def _check_room(request: HttpRequest, upload: Upload, *, offset: int) -> None:
    """Refuse before the first byte what would be too much in the end."""
    announced = declared_length(request)
    fits = upload.length is None or offset + (announced or 0) <= upload.length
    if offset == upload.offset and not fits:
        raise UploadTooLarge("More bytes are coming than the upload's length.", field="Upload-Length")


def _declare(request: Request, upload: Upload) -> None:
    if "Upload-Length" in request.headers:
        uploads.declare_length(upload=upload, length=tus.length(request.headers))
