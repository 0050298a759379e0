"""The one reader of XML that strangers send: manifests of streams, lists of parts.

What makes XML dangerous is refused by the parser itself, not by looking at the text beforehand: document types (and so
entities of any kind), other encodings than UTF-8 whatever the document says of itself, documents of too many marks, too
deep ones, and single marks so long that the parser would have to hold them whole. Memory is bounded by that: what comes
out is at most some tens of megabytes, whatever 10 MB of text hold.
"""

from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate

MAX_MARKS = 250_000  # elements, attributes, comments and processing instructions together
MAX_DEPTH = 32
MAX_MARK_BYTES = 64 * 1024  # of one tag with its attributes, one comment, one instruction
_BLOCK = 32 * 1024


class XmlRefused(ValueError):
    """Not well-formed, or beyond one of the bounds; the text is a sentence for whoever sent it."""


def parse_xml(data: bytes) -> Element:
    """The root element, its names without namespaces (of `{space}Part` stays `Part`). Raises XmlRefused."""
    if b"\0" in data:  # a byte order mark would still lead the parser to UTF-16, all of whose marks hold one
        raise XmlRefused("This is no XML in UTF-8: it holds the character NUL.")
    reader = _Reader()
    try:
        for start in range(0, len(data), _BLOCK):
            reader.feed(data[start : start + _BLOCK])
        return reader.close()
    except ExpatError as error:
        raise XmlRefused(f"This is no well-formed XML in UTF-8: {error}.") from None


class _Reader:
    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._marks = self._depth = self._fed = 0
        # Given here, the encoding isn't what the document says of itself.
        self._parser: Any = ParserCreate("UTF-8", "}")
        self._parser.buffer_text = True
        if hasattr(self._parser, "SetReparseDeferralEnabled"):  # else how far it came would be told late
            self._parser.SetReparseDeferralEnabled(False)
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._builder.data
        self._parser.CommentHandler = self._parser.ProcessingInstructionHandler = self._pass_over

    def feed(self, block: bytes) -> None:
        self._parser.Parse(block, False)
        self._fed += len(block)
        if self._fed - max(0, self._parser.CurrentByteIndex) > MAX_MARK_BYTES + _BLOCK:
            raise XmlRefused(f"A tag, comment or instruction of the document is longer than {MAX_MARK_BYTES} bytes.")

    def close(self) -> Element:
        self._parser.Parse(b"", True)
        return self._builder.close()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count(1 + len(attributes))
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise XmlRefused(f"The document is nested more than {MAX_DEPTH} deep.")
        self._builder.start(_plain(name), {_plain(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._builder.end(_plain(name))

    def _pass_over(self, *_: str) -> None:
        self._count(1)

    def _count(self, more: int) -> None:
        self._marks += more
        if self._marks > MAX_MARKS:
            raise XmlRefused(f"The document has more than {MAX_MARKS} elements, attributes and remarks.")

    def _refuse_document_type(self, *_: object) -> None:
        raise XmlRefused("The document holds a document type, and so perhaps entities.")


def _plain(name: str) -> str:
    return name.rpartition("}")[2]
