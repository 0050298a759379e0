"""Sentences are English wherever they are raised, stored and answered; when shown, they are put into another language.

What a sentence said before its values went in is known (known.py, made from the sources), so it is found again by its
fixed words: "The start offset {start} s lies past the end" and the values that this one has. What isn't known is shown
as it is.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

LONGEST = 2000  # characters; what is longer isn't ours
_PLACE = re.compile(r"\{(\w+)\}")
_END = re.compile(r"(?<=[.!?:])\s+")
_END_WITHIN = re.compile(r"[.!?] +[A-Z]")
_DEPTH = 3  # sentences within a value of a sentence
Translate = Callable[[str], str]


@dataclass(frozen=True)
class Pattern:
    """A sentence as the catalogue has it, with its values' places: "A file has at most {gib} GiB."."""

    text: str

    @cached_property
    def _parts(self) -> list[str]:
        """What is its own and the names of its places, in turn; its own first and last, which may be ""."""
        return _PLACE.split(self.text)

    @cached_property
    def fixed(self) -> int:
        """How many characters of it are its own."""
        return sum(map(len, self._parts[::2]))

    def values(self, sentence: str) -> dict[str, str] | None:
        """What stands in its places in `sentence`; None if that is another one.

        Each place ends where the next fixed words first come, which no text can make long to find out.
        """
        head, *between, tail = self._parts
        at, end = len(head), len(sentence) - len(tail)
        if at > end or not sentence.startswith(head) or not sentence.endswith(tail):
            return None
        found = {}
        for name, words in zip(between[::2], [*between[1::2], ""], strict=True):
            stop = sentence.find(words, at, end) if words else end
            if stop < 0:
                return None
            found[name], at = sentence[at:stop], stop + len(words)
        return found


class Sentences:
    """Known sentences, and how one that was said is put into another language."""

    def __init__(self, known: Iterable[str]) -> None:
        patterns = [Pattern(text) for text in set(known)]
        self._whole = {one.text for one in patterns if "{" not in one.text}
        self._patterns = sorted((one for one in patterns if "{" in one.text), key=lambda one: (-one.fixed, one.text))

    def told(self, said: str, translate: Translate) -> str:
        """`said` as `translate` has its pattern; several sentences one by one, and what is unknown as it is."""
        return self._told(said, translate, _DEPTH) if len(said) <= LONGEST else said

    def _told(self, said: str, translate: Translate, depth: int) -> str:
        if (found := self._one(said, translate, depth)) is not None:
            return found
        for end in reversed(list(_END.finditer(said)) if depth else ()):
            if (first := self._one(said[: end.start()], translate, depth)) is not None:
                return f"{first} {self._told(said[end.end() :], translate, depth - 1)}"
        found = self._one(said, translate, depth, whole_values=False)
        return said if found is None else found

    def _one(self, said: str, translate: Translate, depth: int, *, whole_values: bool = True) -> str | None:
        """None for what isn't one known sentence. Values that are sentences or words of ours are translated, too.

        `whole_values`: none of the values may reach from one sentence into the next.
        """
        if said in self._whole:
            return translate(said)
        for pattern in self._patterns:
            values = pattern.values(said)
            if values is not None and not (whole_values and any(map(_END_WITHIN.search, values.values()))):
                within = {name: self._value(name, value, translate, depth) for name, value in values.items()}
                return translate(pattern.text).format_map(within)
        return None

    def _value(self, name: str, value: str, translate: Translate, depth: int) -> str:
        """Of a value: only what OURS names; a person's file may be called like a word of ours."""
        if not depth or name.rstrip("0123456789") not in OURS:
            return value
        parts = value.split(", ")
        listed = [self._one(part, translate, 0) for part in parts]
        if len(parts) > 1 and None not in listed:
            return ", ".join(one for one in listed if one is not None)
        if value.endswith(".") and (words := self._one(value[:-1], translate, 0)) is not None:
            return f"{words}."
        return self._told(value, translate, depth - 1)


# Places where sentences and words of ours stand, never what somebody typed.
OURS = frozenset({"error", "how", "needed", "own", "reasons", "side", "told", "unit", "what", "which", "wrong"})
