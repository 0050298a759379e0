"""Whole numbers that strangers write, as text: in addresses, headers, documents. The one place where they are bounded.

Python itself refuses to read more than 4,300 digits, with an error that no door expects; no store holds more than 63
bits.
"""

LARGEST = 2**63 - 1
_DIGITS = len(str(LARGEST))


def whole(text: str, *, most: int = LARGEST) -> int | None:
    """What ASCII digits say, leading zeros or not; None for anything else, and for what is larger than `most`."""
    if not (text.isascii() and text.isdecimal()):
        return None
    digits = text.lstrip("0") or "0"
    number = int(digits) if len(digits) <= _DIGITS else most + 1
    return number if number <= most else None


def at_most(text: str, most: int) -> int:
    """The same where a larger number means as much as `most`. `text` is of ASCII digits."""
    number = whole(text, most=most)
    return most if number is None else number
