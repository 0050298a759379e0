"""What fails beside others is run again alone; what fails alone has failed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEADY = "def test_holds():\n    pass\n"
BROKEN = "def test_breaks():\n    assert False\n"
UNSTEADY = """
from pathlib import Path
def test_fails_the_first_time():
    mark = Path(__file__).with_suffix(".seen")
    seen = mark.exists()
    mark.touch()
    assert seen
"""


GROUPED = """
import os, time
from pathlib import Path
import pytest
pytestmark = pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(4))
def test_is_never_beside_another(number):
    lock = Path(__file__).with_name("lock")
    os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
    time.sleep(0.2)
    lock.unlink()
"""


def _run(folder: Path, *arguments: str, **files: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\n")
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text)
    command = [sys.executable, "-m", "tests.suite", "-p", "no:django", f"--rootdir={folder}", "-c", "pytest.ini", "."]
    command += arguments
    return subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(("text", "status"), [(STEADY, 0), (BROKEN, 1), ("not python", 2)])
def test_what_holds_or_fails_for_certain_is_told_as_pytest_tells_it(tmp_path: Path, text: str, status: int) -> None:
    done = _run(tmp_path, one=text, other=STEADY)
    assert done.returncode == status, done.stdout
    assert "UNSTEADY" not in done.stdout


def test_what_held_only_alone_is_named(tmp_path: Path) -> None:
    done = _run(tmp_path, one=UNSTEADY, other=STEADY)
    assert done.returncode == 0, done.stdout
    assert "test_one.py::test_fails_the_first_time" in done.stdout.split("UNSTEADY")[1]


def test_the_tests_of_a_group_never_run_beside_each_other(tmp_path: Path) -> None:
    """Two that start the same gateway, or kill workers, would."""
    done = _run(tmp_path, "-n2", "--dist=loadgroup", one=GROUPED, other=GROUPED)
    assert done.returncode == 0, done.stdout


def test_one_of_a_group_that_failed_is_found_again(tmp_path: Path) -> None:
    text = UNSTEADY.replace("def test", "import pytest\n@pytest.mark.xdist_group('one')\ndef test")
    done = _run(tmp_path, "-n2", "--dist=loadgroup", one=text, other=STEADY)
    assert done.returncode == 0, done.stdout
    assert "test_one.py::test_fails_the_first_time" in done.stdout.split("UNSTEADY")[1]


def test_more_than_a_few_that_fail_are_not_tried_again(tmp_path: Path) -> None:
    done = _run(tmp_path, **dict.fromkeys("abcd", UNSTEADY))
    assert done.returncode == 1, done.stdout
    assert "once more" not in done.stdout
