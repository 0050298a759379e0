"""Whatever the engine takes for a picture's frame and loop has words in the console."""

from animator.core.framing import ANCHORS, FITS
from animator.core.playback import LOOPS
from console.words import pictures as picture_words


def test_every_choice_of_the_engine_has_words() -> None:
    assert set(picture_words.FITS) == set(FITS)
    assert set(picture_words.ANCHORS) == set(ANCHORS)
    assert set(picture_words.LOOPS) == set(LOOPS)


def test_what_has_no_words_is_shown_as_it_is() -> None:
    assert picture_words.picture_word("cover") == "Cut off what reaches past"
    assert picture_words.picture_word("sideways") == "sideways"


def test_what_gives_way_for_a_largest_size_is_said_in_words() -> None:
    assert picture_words.ways_in_words("quality,fps,size") == "quality, frame rate, dimensions"
    assert picture_words.picture_word("transparent") == "transparent"
