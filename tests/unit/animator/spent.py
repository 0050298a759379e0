"""What pictures cost, counted where they are made: pictures decoded, and pixels that encoders are fed with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from animator.gif import encoder as gif
from animator.picture import colour
from animator.picture.frames import Shown
from animator.read import decode
from animator.webp import encoder as webp


@dataclass(slots=True)
class Spent:
    decoded: int = 0
    encoded: int = 0

    def of(self, picture: "Spent") -> float:
        """In such pictures: half for decoding, half for encoding."""
        return (self.decoded / picture.decoded + self.encoded / picture.encoded) / 2


@contextmanager
def counted() -> Iterator[Spent]:
    spent = Spent()
    tidied = colour.tidied

    def decoding(frame: Any) -> Any:
        spent.decoded += 1
        return tidied(frame)

    def fed(shown: Any) -> Iterator[Shown]:
        for picture in shown:
            spent.encoded += picture.image.width * picture.image.height
            yield picture

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "tidied", decoding)
        for module in (gif, webp):
            encode = module.encode

            def encoding(shown: Any, *given: Any, _encode: Any = encode, **named: Any) -> Any:
                return _encode(fed(shown), *given, **named)

            patch.setattr(module, "encode", encoding)
        yield spent
