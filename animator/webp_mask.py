"""Which blocks of a WebP frame show, as the alpha plane of that frame.

A general alpha coder spends more time on such a plane than the picture itself takes (3–5 ms for 640x360): it doesn't
know that every 16 rows repeat. This one does.
"""

import itertools
from collections.abc import Iterator

import numpy as np

from animator.webp_blocks import BLOCK, Blocks

_PIXELS_A_SYMBOL = 8  # two colours: VP8L packs eight one-bit pixels into one symbol
_LONGEST_COPY = 4096
_HIDDEN, _SHOWN, _COPY = 0, 255, 256  # symbols of the "green" code; copies of the length class n are _COPY + n
# Huffman code lengths, fitted once to masks of real clips. Fixed ones save a pass over each mask, for some bytes.
_CODE_LENGTHS = {_HIDDEN: 3, _SHOWN: 2} | {
    _COPY + length_class: bits
    for length_class, bits in enumerate([9, 3, 5, 5, 4, 5, 5, 6, 5, 6, 5, 7, 7, 9, 9, 9, 7, 6, 5, 5, 4, 6, 6, 6])
}
_ZEROS = 18
_ONLY_ZERO = "1000"  # a code with one symbol, 0, takes no bits later
_CODE_LENGTH_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
_ABOVE, _LEFT = "0", "1"  # the two distances in use: codes of one bit each


def alpha_of_blocks(shown: Blocks, *, width: int, height: int) -> bytes:
    """The payload of an ALPH chunk (WebP container specification): 255 in the shown blocks, 0 in the others.

    `shown` has one entry per 16x16 block, ceil(height/16) x ceil(width/16). The stream is VP8L without its header
    (WebP lossless bitstream specification): a palette of two colours, then literals and copies from the left and from
    above.
    """
    row = -(-width // _PIXELS_A_SYMBOL)
    symbols = np.repeat(np.repeat(shown, BLOCK // _PIXELS_A_SYMBOL, axis=1)[:, :row], BLOCK, axis=0)[:height]
    bits = _HEADER + "".join(_tokens(symbols.reshape(-1), row=row))
    return b"\x01" + _packed(bits)


def _packed(bits: str) -> bytes:
    """Bits in the order in which a decoder reads them → bytes, lowest bit first."""
    return int(bits[::-1], 2).to_bytes(-(-len(bits) // 8), "little")


def _tokens(symbols: Blocks, *, row: int) -> Iterator[str]:
    """Greedy: copy what agrees longest with the left or with the row above, else say it."""
    size = symbols.size
    left_breaks = _breaks(symbols, distance=1)
    above_breaks = _breaks(symbols, distance=row)
    place, left, above = 0, next(left_breaks), next(above_breaks)
    while place < size:
        while left < place:
            left = next(left_breaks)
        while above < place:
            above = next(above_breaks)
        length = min(max(left, above) - place, _LONGEST_COPY)
        if length > 1:
            yield _copy(length) + (_ABOVE if above >= left else _LEFT)
        else:
            length = 1
            yield _CODES[_SHOWN if symbols[place] else _HIDDEN]
        place += length


def _breaks(symbols: Blocks, *, distance: int) -> Iterator[int]:
    """Where a copy from `distance` back can't go on: 0 (nothing to copy from yet), each difference, the end."""
    different = np.flatnonzero(symbols[distance:] != symbols[:-distance]) + distance
    nothing_before = range(min(distance, symbols.size))
    return itertools.chain(nothing_before, different.tolist(), [symbols.size])


def _copy(length: int) -> str:
    """A copy's length: its class by Huffman code, then the bits that tell it from others of the class."""
    if length <= 4:
        return _CODES[_COPY + length - 1]
    rest = length - 1
    extra = rest.bit_length() - 2
    length_class = 2 * extra + (rest >> extra)
    return _CODES[_COPY + length_class] + _number(rest & ((1 << extra) - 1), bits=extra)


def _number(value: int, *, bits: int) -> str:
    return f"{value:0{bits}b}"[::-1] if bits else ""


def _canonical_codes(lengths: dict[int, int]) -> dict[int, str]:
    codes, code, before = {}, 0, 0
    for symbol, length in sorted(lengths.items(), key=lambda item: (item[1], item[0])):
        code <<= length - before
        codes[symbol] = f"{code:0{length}b}"
        code, before = code + 1, length
    return codes


def _stream_header() -> str:
    """What stands before the symbols: the palette, no colour cache, no meta codes, the five Huffman codes."""
    palette = _two_symbols(0, 255) + _ONLY_ZERO * 4 + "01"
    transform = "1" + _number(3, bits=2) + _number(2 - 1, bits=8) + "0" + palette
    return transform + "000" + _green_code() + _ONLY_ZERO * 3 + _two_symbols(0, 1)


def _two_symbols(first: int, second: int) -> str:
    return "11" + "0" + _number(first, bits=1) + _number(second, bits=8)


def _green_code() -> str:
    """The code lengths of 280 symbols, themselves coded: 18 says a run of 11 to 138 zeros."""
    lengths = list(_CODE_LENGTHS.values())
    codes = _canonical_codes(_even_lengths(sorted({*lengths, _ZEROS})))
    order = [_number(len(codes.get(symbol, "")), bits=3) for symbol in _CODE_LENGTH_ORDER]
    zeros = [codes[_ZEROS] + _number(run - 11, bits=7) for run in (138, 254 - 138)]
    told = [codes[length] for length in lengths]
    return "0" + _number(len(order) - 4, bits=4) + "".join([*order, "0", told[0], *zeros, *told[1:]])


def _even_lengths(symbols: list[int]) -> dict[int, int]:
    """A complete code for equally likely symbols."""
    longest = (len(symbols) - 1).bit_length()
    short = 2**longest - len(symbols)
    return {symbol: longest - (place < short) for place, symbol in enumerate(symbols)}


_CODES = _canonical_codes(_CODE_LENGTHS)
_HEADER = _stream_header()
