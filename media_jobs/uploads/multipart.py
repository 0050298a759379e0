"""An HTML form (multipart/form-data) with one file, streamed into the upload services as it comes (RFC 7578).

Django's own upload handlers get the file before the caller has seen the fields, and spool it to a temporary file. So
only its splitter is used here: part by part, the fields into memory (they are small), the file onto its way.
"""

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.http.multipartparser import ChunkIter, LazyStream, MultiPartParser, MultiPartParserError, Parser

from applications.errors import InvalidValue, refuse
from applications.unknown_names import unknown
from media_jobs.models import Media, Upload
from media_jobs.store.byte_source import ByteSource
from media_jobs.uploads import services as uploads
from media_jobs.uploads.incoming import WrongContentType, body_of, declared_length
from media_jobs.uploads.part import expect
from media_jobs.uploads.refusals import UploadTooLarge

FILE = "file"
_MAX_PARTS, _MAX_FIELD_BYTES = 100, 64 * 1024
_BLOCK = 256 * 1024


Begin = Callable[[dict[str, str], str], Upload]
Amend = Callable[[Upload, dict[str, str], str], None]
Against = Callable[[str], str]


@dataclass(slots=True)
class _Body:
    """The request's bytes; remembers the last ones, to know whether the form came to its end."""

    source: ByteSource
    tail: bytes = b""

    def read(self, size: int, /) -> bytes:
        data = self.source.read(size)
        self.tail = (self.tail + data)[-1024:]
        return data


@dataclass(slots=True)
class _Part:
    name: str
    file_name: str | None
    content: LazyStream


@dataclass(slots=True)
class _Form:
    """What has been read so far.

    Fields:
        known: the names that a field may have
        against: the sentence against a field of another name; "" lets it pass
        late: some fields stood behind the file
        strangers: what is to be said against the names of those before it
    """

    known: frozenset[str]
    against: Against
    amend: Amend | None = None
    file_name: str = ""
    late: bool = False
    strangers: list[InvalidValue] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    upload: Upload | None = None


def receive_form(
    request: HttpRequest,
    *,
    known: frozenset[str],
    begin: Begin,
    amend: Amend | None = None,
    against: Against | None = None,
) -> Media:
    """Stream the form's file into the upload that `begin` makes of the fields before it and the file's name; commit it.

    Generated clients send fields in any order: `amend` is told all fields when some stood behind the file. Without it
    those are refused. Fields of other names are refused, too, unless `against` has nothing to say against them.

    Raises what `begin` and the upload services raise, WrongContentType, and InvalidValue for a form that is broken or
    lacks a file. Nothing is kept then.
    """
    form = _Form(known, against or _all_unknown(known), amend)
    try:
        for part in _parts(request):
            _take(part, form=form, begin=begin, expected=declared_length(request) or 0)
        if form.upload is None:
            lacking = InvalidValue("The form holds no file. Choose one.", field=FILE)
            lacking.also = tuple(form.strangers)
            raise lacking
        if form.amend and form.late:
            form.amend(form.upload, form.fields, form.file_name)
        uploads.declare_length(upload=form.upload, length=form.upload.offset)
        return uploads.commit(upload_id=form.upload.id)
    except BaseException:
        if form.upload is not None:
            uploads.discard(upload=form.upload)
        raise


def _take(part: _Part, *, form: _Form, begin: Begin, expected: int) -> None:
    """`expected`: bytes that the form has at most."""
    if part.file_name is None:
        _take_field(part, form)
    elif part.name != FILE or form.upload is not None:
        raise InvalidValue(f"Send one file, in the field “{FILE}”.", field=FILE)
    else:
        refuse(form.strangers)
        form.file_name = part.file_name
        form.upload = begin(form.fields, part.file_name)
        expect(form.upload.id, size=expected)
        form.upload = uploads.append(upload_id=form.upload.id, offset=0, source=part.content)
        if form.upload.offset == 0:
            raise InvalidValue("The file is empty (0 bytes).", field=FILE)


def _take_field(part: _Part, form: _Form) -> None:
    if part.name == FILE:
        raise InvalidValue("No file was chosen.", field=FILE)
    if part.name not in form.known:
        if sentence := form.against(part.name):
            form.strangers.append(InvalidValue(sentence, field=part.name))
        if form.upload is not None:
            refuse(form.strangers)
        return
    form.late = form.upload is not None
    if form.late and form.amend is None:
        raise InvalidValue(f"The field “{part.name}” must stand before the file.", field=part.name)
    value = part.content.read(_MAX_FIELD_BYTES + 1)
    if len(value) > _MAX_FIELD_BYTES:
        raise InvalidValue(f"The field “{part.name}” is too long.", field=part.name)
    form.fields[part.name] = _text(value, part.name)


def _all_unknown(known: frozenset[str]) -> Against:
    return lambda name: unknown([name], known=known | {FILE}).get(name, "")


def _parts(request: HttpRequest) -> Iterator[_Part]:
    boundary = _boundary(request)
    if (declared_length(request) or 0) > settings.ZOETROPE_MAX_UPLOAD_BYTES + _MAX_PARTS * _MAX_FIELD_BYTES:
        raise UploadTooLarge("The file is too large.", field=FILE)
    body = _Body(body_of(request))
    blocks = ChunkIter(body, _BLOCK)  # type: ignore[arg-type]  # it only reads
    try:
        for number, (_, headers, content) in enumerate(Parser(LazyStream(blocks), boundary)):
            if number > _MAX_PARTS:
                raise InvalidValue(f"A form has at most {_MAX_PARTS} fields.")
            if "content-disposition" in headers:
                yield _part(headers, content)
    except MultiPartParserError as error:
        raise InvalidValue(f"The form is broken: {error}") from None
    if b"--" + boundary + b"--" not in body.tail:
        raise InvalidValue("The form broke off before its end. Send it again.")


def _part(headers: dict[str, tuple[str, dict[str, bytes | str]]], content: LazyStream) -> _Part:
    parameters = headers["content-disposition"][1]
    if headers.get("content-transfer-encoding", ("binary", {}))[0].strip().lower() not in ("binary", "8bit", "7bit"):
        raise InvalidValue("Send the parts of the form as they are, without a transfer encoding.")
    name = _text(parameters.get("name", b""), "name")
    file_name = parameters.get("filename")
    return _Part(name, html.unescape(_text(file_name, "filename")) if file_name else None, content)


def _boundary(request: HttpRequest) -> bytes:
    boundary = (request.content_params or {}).get("boundary", "")
    if request.content_type != "multipart/form-data" or not MultiPartParser.boundary_re.fullmatch(boundary):
        raise WrongContentType("Send a form with a file, as multipart/form-data.")
    return boundary.encode()


def _text(value: bytes | str, name: str) -> str:
    try:
        text = value if isinstance(value, str) else value.decode()
    except UnicodeDecodeError:
        raise InvalidValue(f"The field “{name}” is not UTF-8 text.", field=name) from None
    if "\0" in text:
        raise InvalidValue(f"The field “{name}” holds the character NUL.", field=name)
    return text
