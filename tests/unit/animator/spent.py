"""What pictures cost, counted where they are made: pictures decoded, and pixels that encoders are fed with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from animator.core.order import BALANCED, FAST
from animator.gif import encoder as gif
from animator.make.price import Cost
from animator.make.windows import SLOWER
from animator.picture import colour
from animator.picture.frames import Canvas, Shown
from animator.read import decode
from animator.webp import encoder as webp

# A WebP of no effort takes less than the balanced one that is asked for.
FAST_WEBP = 1 / SLOWER[BALANCED]


@dataclass(slots=True)
class Spent:
    decoded: int = 0
    encoded: float = 0.0

    def of(self, picture: "Spent") -> Cost:
        """In such pictures."""
        return Cost(self.decoded / picture.decoded, self.encoded / picture.encoded)


@contextmanager
def counted() -> Iterator[Spent]:
    spent = Spent()
    tidied = colour.tidied

    def decoding(frame: Any) -> Any:
        spent.decoded += 1
        return tidied(frame)

    def fed(shown: Any, canvas: Canvas, each: float) -> Iterator[Shown]:
        for picture in shown:
            spent.encoded += canvas.width * canvas.height * each
            yield picture

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "tidied", decoding)
        for module in (gif, webp):
            encode, fast = module.encode, FAST_WEBP if module is webp else 1.0

            def encoding(
                shown: Any, target: Any, canvas: Canvas, *, _encode: Any = encode, _fast: float = fast, **named: Any
            ) -> Any:
                each = _fast if canvas.effort == FAST else 1.0
                return _encode(fed(shown, canvas, each), target, canvas, **named)

            patch.setattr(module, "encode", encoding)
        yield spent
