"""What the rooms below the console say is known, as patterns, and found again by its fixed words."""

import time
from importlib import import_module

import pytest

from animator.core.sentences import Sentences
from console.words import known
from tests.sentences import ROOMS, sentences

KNOWN = Sentences(known.SENTENCES)


def marked(text: str) -> str:
    return f"<{text}>"


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_the_known_sentences_are_those_of_the_sources(room: str) -> None:
    """`python -m tests.sentences` writes them."""
    module = import_module(ROOMS[room].removesuffix(".py").replace("/", "."))
    assert list(module.SENTENCES) == sentences(room)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("This media was deleted.", "<This media was deleted.>"),
        (
            "The start offset 90 s lies at or past the end of the video, which lasts 12.5 s.",
            "<The start offset 90 s lies at or past the end of the video, which lasts 12.5 s.>",
        ),
        (
            "The width must be a whole number between 1 and 4096, not -1.",
            "<The <width> must be a whole number between 1 and 4096, not -1.>",
        ),
        (
            "The job made no progress for 60 s. Choose a shorter segment, a smaller size or a lower frame rate.",
            "<The job made no progress for 60 s.> <Choose a shorter segment, a smaller size or a lower frame rate.>",
        ),
        (
            "Chosen: 1–3 s (it moves, no cut in it). Also good: 5–7 s.",
            "<Chosen: 1–3 s (<it moves>, <no cut in it>).> <Also good: 5–7 s.>",
        ),
        (
            "Chosen: 1–3 s (nothing is better, though: a cut).",
            "<Chosen: 1–3 s (<nothing is better, though: <a cut>>).>",
        ),
        (
            "To stay within 1,000 bytes: quality 75 → 60, long edge 640 → 320.",
            "<To stay within 1,000 bytes: <quality 75 → 60>, <long edge 640 → 320>.>",
        ),
        (
            "The file is Flash (SWF), which isn't taken: convert it to MP4 or WebM.",
            "<The file is <Flash (SWF), which isn't taken: convert it to MP4 or WebM>.>",
        ),
        ("Waiting for the machine: No space left on device.", "<Waiting for the machine: <No space left on device>.>"),
        ("This needs the role owner; yours here is viewer.", "<This needs the role <owner>; yours here is <viewer>.>"),
        (
            "“notes.txt” is not of a type that can be uploaded (it is “txt”, and not mp4, …).",
            "<“notes.txt” is not of a type that can be uploaded (it is “txt”, and not mp4, …).>",
        ),
        ("Nobody has ever said this.", "Nobody has ever said this."),
        ("", ""),
    ],
)
def test_a_sentence_is_found_by_its_fixed_words(said: str, told: str) -> None:
    assert KNOWN.told(said, marked) == told


def test_what_somebody_typed_is_never_translated() -> None:
    """A task flow may be called like a word of ours."""
    told = KNOWN.told(
        "There is already a task flow called black.", lambda text: text.upper().replace("{NAME}", "{name}")
    )
    assert told == "THERE IS ALREADY A TASK FLOW CALLED black."


@pytest.mark.parametrize("text", ["{} holds ", " pictures in memory, ", "The file is ", "a. B", ": ", "s, "])
def test_nobody_can_write_a_text_that_takes_long(text: str) -> None:
    """Whoever is signed in may have any text put into words."""
    began = time.process_time()
    KNOWN.told((text * 2000)[:2000], marked)
    assert time.process_time() - began < 5


def test_a_long_text_is_left_alone() -> None:
    """Thousands of patterns against a megabyte would take a while."""
    text = "This media was deleted. " * 1000
    assert KNOWN.told(text, marked) == text
