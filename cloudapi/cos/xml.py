"""The XML that COS answers and takes (docs/protocol 3.5): no namespace, which every SDK accepts."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, ParseError, SubElement, fromstring, tostring

from cloudapi.cos.errors import ObjectRefused

Fields = Iterable[tuple[str, "str | int | Fields"]]


def document(root: str, fields: Fields) -> bytes:
    """A document of nested (name, text or further fields) pairs; a name may come several times."""
    element = Element(root)
    _fill(element, fields)
    text: str = tostring(element, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def listed_parts(body: bytes) -> list[tuple[int, str]]:
    """(number, ETag) pairs of a CompleteMultipartUpload document. Raises ObjectRefused (MalformedXML).

    Only UTF-8 is taken, as all SDKs send: in UTF-16, which the parser would read too, a document type looks different.
    """
    if b"<!" in body or b"\0" in body:
        raise ObjectRefused("MalformedXML", "The document holds a document type, a comment or CDATA, or isn't UTF-8.")
    try:
        root = fromstring(body)  # noqa: S314  without a document type there are no entities
        parts = [_children(part) for part in root if _plain(part.tag) == "Part"]
        return [(int(part["PartNumber"]), part["ETag"].strip()) for part in parts]
    except (ParseError, ValueError, KeyError, LookupError):
        raise ObjectRefused("MalformedXML", "This is no list of parts with PartNumber and ETag.") from None


def _fill(element: Element, fields: Fields) -> None:
    for name, value in fields:
        child = SubElement(element, name)
        if isinstance(value, str | int):
            child.text = str(value)
        else:
            _fill(child, value)


def _children(part: Element) -> dict[str, str]:
    return {_plain(child.tag): child.text or "" for child in part}


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]
