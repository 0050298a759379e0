"""A start of the command line costs more than a small picture: it imports nothing that this picture has no need of."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from animator.make.sample import render_sample

ROOT = Path(__file__).parents[3]
# Each is asked for by other orders, other jobs or a person who can't read English; the last are Python's own, and slow.
NEEDLESS = {
    *("numpy", "PIL", "tqdm", "animator.picture.tone_table"),
    *("animator.make.estimate", "animator.make.fit", "animator.make.highlights", "animator.make.score"),
    *("animator.make.seam", "animator.make.still_image", "animator.make.stills", "animator.read.probe"),
    *("animator.core.known", "animator.core.sentences", "animator.core.snippet", "animator.core.stills_order"),
    "animator.film.encoder",
    *("importlib.metadata", "email", "csv", "zipfile", "html", "platform", "random", "statistics", "subprocess"),
}


def _imported(*arguments: str) -> set[str]:
    """By all processes: they share the stream that Python tells it on."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True, timeout=120)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize(("kind", "other"), [("gif", "webp"), ("webp", "gif")])
def test_a_plain_run_imports_nothing_that_it_has_no_need_of(kind: str, other: str, tmp_path: Path) -> None:
    clip = render_sample(tmp_path / "clip.mp4", seconds=0.4, width=64, height=36, fps=10)
    plain = _imported("-c", "import av")
    run = _imported("-m", "animator", str(clip), str(tmp_path / f"out.{kind}"))
    assert {"av", "animator.make.pipeline", f"animator.kernel.{kind}"} <= run, "not every process was heard"
    assert not (run - plain) & (NEEDLESS | {f"animator.kernel.{other}"})
