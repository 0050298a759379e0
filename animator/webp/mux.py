"""Writes an animated WebP file as its frames come (WebP container specification, "Extended File Format")."""

from typing import BinaryIO, NamedTuple

LONGEST_MS = 2**24 - 1
_ALPHA, _ANIMATION = 0x10, 0x02
_REPLACE = 0x02  # ANMF flag: put the rectangle there as it is, instead of blending it in
_FLAGS_AT = 20
# A single transparent pixel (VP8L): what is shown when a picture has to stay longer than one frame can.
_NOTHING = b"VP8L\x08\x00\x00\x00\x2f\x00\x00\x00\x10\x88\x88\x08"


class Still(NamedTuple):
    """One coded rectangle: where it goes (x and y even), and the chunks that ANMF wraps (ALPH, VP8, VP8L).

    With `blend` its transparent pixels leave what is there; otherwise they replace it.
    """

    x: int
    y: int
    width: int
    height: int
    chunks: bytes
    blend: bool = False
    alpha: bool = False


class Muxer:
    """Writes to a seekable file, empty at first; the file is complete after `close`.

    `loop_count`: how often it plays; 0 is for ever.
    """

    def __init__(self, target: BinaryIO, *, width: int, height: int, loop_count: int = 0) -> None:
        self._target = target
        self._alpha = False
        self.frames = 0
        target.write(b"RIFF\0\0\0\0WEBP" + chunk(b"VP8X", bytes(4) + _u24(width - 1) + _u24(height - 1)))
        target.write(chunk(b"ANIM", bytes(4) + loop_count.to_bytes(2, "little")))  # transparent background

    def add(self, still: Still, *, duration_ms: int) -> None:
        """Append a frame that stays duration_ms; one that is too long for the format becomes several."""
        self._write(still, duration_ms=min(duration_ms, LONGEST_MS))
        while (duration_ms := duration_ms - LONGEST_MS) > 0:
            pause = Still(x=0, y=0, width=1, height=1, chunks=_NOTHING, blend=True, alpha=True)
            self._write(pause, duration_ms=min(duration_ms, LONGEST_MS))

    def close(self) -> None:
        """Fill in what is known only at the end: the size, and whether any frame has alpha."""
        size = self._target.tell()
        self._target.seek(4)
        self._target.write((size - 8).to_bytes(4, "little"))
        self._target.seek(_FLAGS_AT)
        self._target.write(bytes([_ANIMATION | (_ALPHA if self._alpha else 0)]))
        self._target.seek(size)

    def _write(self, still: Still, *, duration_ms: int) -> None:
        place = _u24(still.x // 2) + _u24(still.y // 2) + _u24(still.width - 1) + _u24(still.height - 1)
        flags = bytes([0 if still.blend else _REPLACE])
        self._target.write(chunk(b"ANMF", place + _u24(duration_ms) + flags + still.chunks))
        self._alpha = self._alpha or still.alpha
        self.frames += 1


def chunk(kind: bytes, payload: bytes) -> bytes:
    return kind + len(payload).to_bytes(4, "little") + payload + b"\0" * (len(payload) % 2)


def _u24(number: int) -> bytes:
    return number.to_bytes(3, "little")
