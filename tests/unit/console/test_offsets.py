import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.words.offsets import clock, parse_offset, segment_in_words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("75", 75),
        ("75.5", 75.5),
        ("1,5", 1.5),
        ("75s", 75),
        ("1:15", 75),
        ("1:02:03.5", 3723.5),
        ("1m15s", 75),
        ("1h", 3600),
        ("2m", 120),
        ("-5", -5),
        ("−1:30", -90),
        (" - 1m 5s ", -65),
    ],
)
def test_times_are_read_in_every_way_that_people_write_them(text: str, seconds: float) -> None:
    assert parse_offset(text) == seconds


@pytest.mark.parametrize("text", ["x", "1:2:3:4", "--5", "5 minutes", "-", "1e3", "nan", "s", "٣x"])
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="75, 1:15, 1m15s, or -5"):
        parse_offset(text)


@given(st.integers(min_value=0, max_value=10**8))
def test_what_the_clock_shows_can_be_typed_again(hundredths: int) -> None:
    assert parse_offset(clock(hundredths / 100)) == pytest.approx(hundredths / 100)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (0, 0, "The whole video"),
        (0, 5, "The first 5 s"),
        (-5, 0, "The last 5 s"),
        (-90, 0, "The last 1:30"),
        (75, 80, "From 1:15 to 1:20 (5 s)"),
        (75, 0, "From 1:15 to the end"),
        (0, -5, "From the beginning to 5 s before the end"),
        (-10, -4, "From 10 s before the end to 4 s before the end (6 s)"),
        (2, -2, "From 2 s to 2 s before the end"),
    ],
)
def test_a_segment_is_told_in_words(start: float, end: float, words: str) -> None:
    assert segment_in_words(start, end) == words
