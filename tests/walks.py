"""How far a newcomer has to walk: the product's files that three stories pass through, counted at run time.

`python -m tests.walks` prints them, file by file. A file counts when a function of it runs; a return is a step back
into a file that the story had left. What a child process does, and what other threads do meanwhile, is another story.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[1]
ROOMS = ("animator", "applications", "cloudapi", "config", "console", "media_jobs", "procedures", "templates_app")
_PREFIXES = tuple(f"{ROOT / room}/" for room in ROOMS)


@dataclass
class Walk:
    """The way of a call through the code.

    `files` are in the order in which they were first entered; `returns` counts the steps back into one of them.
    """

    files: list[str] = field(default_factory=list)
    returns: int = 0
    _here: str = ""

    def step(self, path: str) -> None:
        if path == self._here:
            return
        self._here = path
        if path in self.files:
            self.returns += 1
        else:
            self.files.append(path)

    def beyond(self, other: "Walk") -> "Walk":
        """What this way has that the other hasn't: a story without what every request at its door passes."""
        return Walk([path for path in self.files if path not in other.files], self.returns)

    def told(self) -> str:
        lines = [f"{len(self.files)} files, {self.returns} returns"]
        return "\n".join([*lines, *(f"  {path}" for path in self.files)])


@contextmanager
def walking() -> Iterator[Walk]:
    """Watches this thread's calls for as long as the context lasts."""
    walk = Walk()

    def watch(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(_PREFIXES) and code.co_name != "<module>":
            walk.step(code.co_filename.removeprefix(f"{ROOT}/"))

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield walk
    finally:
        sys.setprofile(before)


def walked(story: Callable[[], object]) -> Walk:
    """The walk of a story that was told once before: what happens once in a process's life is no part of it."""
    story()
    with walking() as walk:
        story()
    return walk
