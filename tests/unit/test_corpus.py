"""The damaged files of the corpus: many kinds, no two alike, the same at each run."""

import random
from itertools import islice
from pathlib import Path

from tests.corpus.mutations import MORE, WAYS, kinds, many


def test_damaged_files_are_of_more_than_400_kinds_and_no_two_are_alike(tmp_path: Path) -> None:
    clips = [f"proper.{number}" for number in range(11)]
    assert len(kinds([*clips, *MORE])) == len(WAYS) * 15 > 400
    first = list(islice(many(tmp_path, count=700), 700))
    assert len({name for name, _ in first}) == len({data for _, data in first}) == 700
    assert [name for name, _ in islice(many(tmp_path, count=700), 20)] == [name for name, _ in first[:20]]
    assert list(islice(many(tmp_path, count=700), 20)) == first[:20]


def test_every_way_does_some_harm_and_stumbles_over_no_small_file() -> None:
    for title, way in WAYS.items():
        for data in (b"x", bytes(range(256)) * 8):
            made = {bytes(way(bytearray(data), random.Random(seed), [b"other file"])) for seed in range(40)}
            assert len(data) == 1 or made - {data, b""}, title
