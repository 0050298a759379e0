"""An HTML form (multipart/form-data) with one file, streamed into the upload services as it comes (RFC 7578).

Django's own upload handlers get the file before the caller has seen the fields, and spool it to a temporary file. So
only its splitter is used here: part by part, the fields into memory (they are small), the file onto its way.
"""

import html
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.http.multipartparser import ChunkIter, LazyStream, MultiPartParser, MultiPartParserError, Parser

from applications.errors import InvalidValue, Refused, refuse
from applications.unknown_names import given_twice, unknown
from media_jobs.models import Media, Upload
from media_jobs.store.byte_source import ByteSource
from media_jobs.uploads import services as uploads
from media_jobs.uploads.incoming import WrongContentType, body_of, declared_length
from media_jobs.uploads.part import expect
from media_jobs.uploads.refusals import UploadTooLarge

FILE = "file"
_MAX_PARTS, _MAX_FIELD_BYTES = 100, 64 * 1024
_BLOCK = 256 * 1024


_HEARD = 1024 * 1024  # so much of a file that is refused anyway is read, for the sake of the fields behind it

Begin = Callable[[dict[str, str], str], Upload]
Judge = Callable[[dict[str, str], str], Iterable[Refused]]
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
        judge: what is to be said against their values
        late: some fields stood behind the file
        mistakes: what is to be said against the form so far, beside what `judge` says
        has_file: one came, whether it is kept or not
    """

    known: frozenset[str]
    against: Against
    judge: Judge
    amend: Amend | None = None
    file_name: str = ""
    late: bool = False
    has_file: bool = False
    mistakes: list[Refused] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    upload: Upload | None = None

    def wrong(self) -> list[Refused]:
        judged = self.judge(self.fields, self.file_name)
        told = {mistake.field for mistake in self.mistakes}
        return [*self.mistakes, *(mistake for mistake in judged if mistake.field not in told)]


def receive_form(
    request: HttpRequest,
    *,
    known: frozenset[str],
    begin: Begin,
    amend: Amend | None = None,
    against: Against | None = None,
    judge: Judge = lambda _fields, _file_name: (),
) -> Media:
    """Stream the form's file into the upload that `begin` makes of the fields before it and the file's name; commit it.

    Generated clients send fields in any order: `amend` is told all fields when some stood behind the file. Without it
    those are refused. Fields of other names are refused, too, unless `against` has nothing to say against them. `judge`
    tells what is wrong with the values, so that all is told at once; only when a large file follows on what is known to
    be wrong isn't it read for the fields behind it.

    Raises what `begin` and the upload services raise, WrongContentType, and InvalidValue for a form that is broken or
    lacks a file. Nothing is kept then.
    """
    form = _Form(known, against or _all_unknown(known), judge, amend)
    try:
        for part in _parts(request):
            _take(part, form=form, begin=begin, expected=declared_length(request) or 0)
        if not form.has_file:
            form.mistakes.insert(0, InvalidValue("The form holds no file. Choose one.", field=FILE))
        refuse(form.wrong())
        assert form.upload is not None
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
    elif part.name != FILE or form.has_file:
        raise InvalidValue(f"Send one file, in the field “{FILE}”.", field=FILE)
    else:
        form.has_file, form.file_name = True, part.file_name
        form.mistakes = form.wrong()
        if form.mistakes:
            _hear_out(part, form.mistakes)
            return
        form.upload = begin(form.fields, part.file_name)
        expect(form.upload.id, size=expected)
        form.upload = uploads.append(upload_id=form.upload.id, offset=0, source=part.content)
        if form.upload.offset == 0:
            form.mistakes.append(InvalidValue("The file is empty (0 bytes).", field=FILE))


def _hear_out(part: _Part, wrong: list[Refused]) -> None:
    """Raises `wrong` when the file is large; else there may be more to be told."""
    if len(part.content.read(_HEARD)) == _HEARD:
        refuse(wrong)


def _take_field(part: _Part, form: _Form) -> None:
    if part.name == FILE:
        form.has_file = True
        form.mistakes.append(InvalidValue("No file was chosen.", field=FILE))
    elif part.name not in form.known:
        if sentence := form.against(part.name):
            form.mistakes.append(InvalidValue(sentence, field=part.name))
    else:
        _take_value(part, form)


def _take_value(part: _Part, form: _Form) -> None:
    form.late = form.has_file
    if form.late and form.amend is None:
        raise InvalidValue(f"The field “{part.name}” must stand before the file.", field=part.name)
    value = part.content.read(_MAX_FIELD_BYTES + 1)
    try:
        if len(value) > _MAX_FIELD_BYTES:
            raise InvalidValue(f"The field “{part.name}” is too long.", field=part.name)
        if part.name in form.fields:
            raise InvalidValue(given_twice(part.name), field=part.name)
        form.fields[part.name] = _text(value, part.name)
    except InvalidValue as mistake:
        form.mistakes.append(mistake)


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
