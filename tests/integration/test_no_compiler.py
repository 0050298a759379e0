"""A machine without a C compiler: set-up says what is lost and goes on; the tests don't."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.checkout import fresh_checkout, without_compiler

# What is installed already stays as it is, whatever its age beside the copied lock files.
INSTALLED = (
    ".venv/run.stamp",
    ".venv/dev.stamp",
    "node_modules/.package-lock.json",
    "tests/sdk/node_modules/.package-lock.json",
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_checkout(tmp_path_factory.mktemp("machine") / "zoetrope")


@pytest.mark.parametrize("target", ["setup", "setup-dev"])
def test_set_up_says_what_is_lost_and_how_to_mend_it_and_goes_on(checkout: Path, target: str) -> None:
    done = _run(["make", *(f"--old-file={name}" for name in INSTALLED), target], checkout)
    assert done.returncode == 0, done.stderr
    assert "GIFs are made by FFmpeg's palette filters and WebPs of whole pictures" in done.stderr
    assert "/nonexistent/cc can't be run" in done.stderr
    assert "apt-get install gcc" in done.stderr


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_pictures_are_made_all_the_same(checkout: Path, clip: Path, tmp_path: Path, format: str) -> None:
    target = tmp_path / f"out.{format}"
    options = ["--width", "160", "--fps", "5", "--json"]
    done = _run([sys.executable, "-m", "animator", str(clip), str(target), *options], checkout)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert "kernel is not built" in " ".join(record["notes"])
    with Image.open(target) as picture:
        assert (picture.format, picture.n_frames) == (format.upper(), record["frames"])


def test_the_tests_refuse_to_run_instead_of_testing_something_else(checkout: Path) -> None:
    done = _run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/unit/animator/test_gif.py"], checkout)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "The tests need the engine's compiled kernel. Install a C compiler" in done.stderr
    assert "passed" not in done.stdout


def _run(command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=folder, env=without_compiler(), capture_output=True, text=True, timeout=120, check=False
    )
