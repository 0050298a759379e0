"""A process that starts while the disk is full, or counts something new then, isn't ended by what it counts in."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from applications.measure_file import MeasureFile
from tests.faults.suite.surroundings import fill, small_volume

ROOT = Path(__file__).resolve().parents[2]
BEGINNING = 1 << 16  # bytes of such a file


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    with small_volume(tmp_path / "small", megabytes=24) as mounted:
        if not mounted:
            pytest.skip("nobody may mount a volume here")
        yield tmp_path / "small"


@pytest.mark.parametrize("command", ["alive", "doctor"])
def test_whoever_looks_at_a_full_disk_was_killed_by_a_bus_error(volume: Path, command: str) -> None:
    assert _manage(volume, "runconsole", "--only-migrate").returncode == 0
    fill(volume / "filler")
    ran = _manage(volume, command)
    assert ran.returncode in (0, 1), (ran.returncode, ran.stderr)
    assert "Traceback" not in ran.stderr
    assert "counts for itself" in ran.stderr


def test_a_start_on_a_full_disk_says_so_and_goes_on_once_there_is_room(volume: Path) -> None:
    """It was a traceback that ended with "disk I/O error"."""
    assert _manage(volume, "runconsole", "--only-migrate").returncode == 0
    fill(volume / "filler")
    ran = _manage(volume, "runconsole", "--only-migrate")
    assert ran.returncode == 1
    assert f"The disk of {volume} is full. Make room" in ran.stderr
    assert "Traceback" not in ran.stderr
    (volume / "filler").unlink()
    assert _manage(volume, "runconsole", "--only-migrate").returncode == 0


def _manage(volume: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    left_out = ("DATABASE_URL", "DJANGO_SECRET_KEY", "STORAGE_URL")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment["ZOETROPE_DATA_DIR"] = str(volume)
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_count_that_finds_no_more_room_is_kept_in_memory(volume: Path) -> None:
    counts = MeasureFile(str(volume / "counter_1.db"))
    fill(volume / "filler")
    keys = [f"a key of some length, number {number:06}" for number in range(BEGINNING // 40)]
    for number, key in enumerate(keys):
        counts.write_value(key, float(number), 0.0)
    assert [counts.read_value(key)[0] for key in keys] == [float(number) for number in range(len(keys))]
    counts.close()


def test_a_file_has_all_its_blocks_from_the_beginning_and_what_was_counted_is_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "counter_2.db"
    counts = MeasureFile(str(path))
    assert path.stat().st_blocks * 512 >= path.stat().st_size == BEGINNING
    keys = [f"another key, number {number:06}" for number in range(BEGINNING // 40)]
    for key in keys:
        counts.write_value(key, 1.0, 0.0)
    assert path.stat().st_blocks * 512 >= path.stat().st_size == 2 * BEGINNING
    assert [key for key, *_ in MmapedDict.read_all_values_from_file(str(path))] == keys
    counts.close()
