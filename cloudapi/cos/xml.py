"""The XML that COS answers and takes (docs/protocol 3.5): no namespace, which every SDK accepts."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from django.http import HttpResponse

from applications.whole_numbers import whole
from cloudapi.cos.errors import ObjectRefused
from media_jobs.store.bounded_xml import XmlRefused, parse_xml
from media_jobs.uploads.objects import Listed

Fields = Iterable[tuple[str, "str | int | Fields"]]


_MOST_TAGS = 10
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def answer(root: str, fields: "str | Fields") -> HttpResponse:
    return HttpResponse(document(root, fields), content_type="application/xml")


def document(root: str, fields: "str | Fields") -> bytes:
    """A document of text, or of nested (name, text or further fields) pairs; a name may come several times."""
    element = Element(root)
    if isinstance(fields, str):
        element.text = fields
    else:
        _fill(element, fields)
    text: str = tostring(element, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def listed_parts(body: bytes) -> list[Listed]:
    """The parts of a CompleteMultipartUpload document. Raises ObjectRefused (MalformedXML)."""
    try:
        parts = [_children(part) for part in parse_xml(body) if part.tag == "Part"]
        return [Listed(_number(part["PartNumber"]), part["ETag"].strip(), _checksums(part)) for part in parts]
    except (XmlRefused, KeyError):
        raise ObjectRefused("MalformedXML", "This is no list of parts with PartNumber and ETag.") from None


def checked_tags(body: bytes) -> None:
    """That this is a Tagging document of at most ten tags. Raises ObjectRefused (MalformedXML, InvalidTag)."""
    try:
        root = parse_xml(body)
    except XmlRefused:
        raise ObjectRefused("MalformedXML", "This is no Tagging document.") from None
    if root.tag != "Tagging":
        raise ObjectRefused("MalformedXML", "This is no Tagging document.")
    if sum(1 for tag in root.iter() if tag.tag == "Tag") > _MOST_TAGS:
        raise ObjectRefused("InvalidTag", f"An object has at most {_MOST_TAGS} tags.")


def _fill(element: Element, fields: Fields) -> None:
    for name, value in fields:
        child = SubElement(element, name, {_TYPE: "CanonicalUser"} if name == "Grantee" else {})
        if isinstance(value, str | int):
            child.text = str(value)
        else:
            _fill(child, value)


def _children(part: Element) -> dict[str, str]:
    return {child.tag: child.text or "" for child in part}


def _checksums(part: dict[str, str]) -> dict[str, str]:
    """Of ChecksumCRC32, ChecksumSHA256, …: in base64, by the names that they have in headers."""
    found = {tag.removeprefix("Checksum").lower(): text.strip() for tag, text in part.items() if "Checksum" in tag}
    return {name: text for name, text in found.items() if text}


def _number(text: str) -> int:
    number = whole(text.strip())
    if number is None:
        raise ObjectRefused("MalformedXML", "A PartNumber is a whole number.")
    return number
