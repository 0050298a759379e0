"""`python -m animator` as a person types it."""

import errno
import json
import os
import pty
import select
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from PIL import Image

from animator.__main__ import main
from animator.confine.child import _os_error
from animator.confine.verdict import of_answer
from animator.core.errors import sentence_of
from animator.core.limits import Limits
from tests.unit.animator.clips import Clip, render

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("clips") / "clip.mp4", Clip(width=320, height=240))


def test_one_line_tells_what_was_made(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.gif"
    assert main([str(clip), str(target), "--start", "-1", "--width", "160", "--fps", "5"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{target}: 160x120, 5 frames, 1.000 s, {target.stat().st_size:,} bytes\n"
    assert printed.err == ""
    with Image.open(target) as image:
        assert (image.format, image.n_frames) == ("GIF", 5)


def test_json_is_the_whole_record(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "picture"
    options = ["--format", "webp", "--json", "--quality", "50", "--no-adaptive", "--height", "120"]
    assert main([str(clip), str(target), *options]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["container"], record["width"], record["height"]) == ("webp", 160, 120)
    assert record["size"] == target.stat().st_size


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{clip}", "{dir}/out.png"], "The format must be gif or webp, not 'png'."),
        (["{clip}", "{dir}/out.gif", "--fps", "61"], "between 1 and 60"),
        (["{clip}", "{dir}/out.gif", "--skip-first", "10"], "--skip-first changes nothing without --auto / --pieces."),
        (["{clip}", "{dir}/out.gif", "--piece", "1"], "--piece changes nothing without --pieces."),
        (
            ["{clip}", "{dir}/out.gif", "--loop", "bounce", "--slack", "1"],
            "--slack changes nothing without --loop best.",
        ),
        (
            ["{clip}", "{dir}/out.gif", "--least-fps", "4"],
            "--least-fps changes nothing without --max-bytes / --within-source.",
        ),
        (
            ["{clip}", "{dir}/out.gif", "--poster-at", "1"],
            "--poster-at changes nothing without --poster / --siblings poster.",
        ),
        (["{clip}", "{dir}/no/such/out.gif"], "There is no directory"),
        (["{dir}/gone.mp4", "{dir}/out.gif"], "There is no file"),
    ],
)
def test_a_command_that_makes_no_sense_ends_with_2(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main([a.format(clip=clip, dir=tmp_path) for a in arguments]) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert printed.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_what_the_engine_refuses_ends_with_1_and_its_code(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(clip), str(tmp_path / "out.gif"), "--start", "9"]) == 1
    assert "InvalidInput.InvalidTimeOffset" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_disk_is_told_once_and_without_its_number(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out.gif"
    (folder / "held").mkdir(parents=True)
    assert main([str(clip), str(folder), "--width", "160", "--fps", "5"]) == 1
    told = capsys.readouterr().err
    assert "directory" in told
    assert "Errno" not in told


def test_the_childs_sentence_is_not_doubled_by_the_parent() -> None:
    told = of_answer(_os_error(PermissionError(errno.EACCES, "Permission denied", "out.gif")), Limits())
    assert isinstance(told, OSError)
    assert sentence_of(told) == "Permission denied: out.gif"
    assert str(told).count("Errno") == 1


def test_the_module_runs_as_a_process_of_its_own(clip: Path, tmp_path: Path) -> None:
    """From another directory, as after an installation."""
    target = tmp_path / "out.webp"
    command = [sys.executable, "-m", "animator", str(clip), str(target)]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "320x240, 20 frames, 2.000 s" in done.stdout


def test_a_terminal_sees_a_progress_bar(clip: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 80))
    command = [sys.executable, "-m", "animator", str(clip), str(tmp_path / "out.gif")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        process.wait()
    seen = ""
    while select.select([ours], [], [], 1)[0]:
        seen += os.read(ours, 65536).decode()
    os.close(theirs)
    os.close(ours)
    assert "0%|" in seen
    assert seen.endswith(" \r")
