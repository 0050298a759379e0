"""Memory doesn't grow with a picture's length, whatever is asked for but bounce and reverse (test_playing.py)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.animator.clips import Clip, render

ROOT = Path(__file__).parents[3]
PROGRAM = """
import json, resource, sys
from pathlib import Path
from animator.core.order import Order
from animator.make import fit, kept
from animator.make.pipeline import animate
kept.MOST_BYTES = fit.MOST_BYTES = 4_000_000  # beyond it nothing is kept
animate(Path(sys.argv[1]), Path(sys.argv[2]), Order.from_dict(json.loads(sys.argv[3])))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
# Each what it takes of the clip's 30 s; what a short one is, is asked for by `end` or by `auto`.
CASES: dict[str, dict[str, Any]] = {
    "framed": {"format": "gif", "crop": "1:1", "fit": "cover", "width": 128, "height": 96, "trim_borders": True},
    "played": {"format": "gif", "speed": 0.5, "crossfade": 0.5, "loop_count": 3},
    "best": {"format": "webp", "loop": "best", "fit": "smart", "width": 96, "height": 96},
    "beside": {"format": "webp", "siblings": "gif,avif,apng,mp4,webm,poster,poster-webp", "effort": 1},
    "limited": {"format": "gif", "max_bytes": 300_000, "effort": 1},
    "pieces": {"format": "gif"},
    "auto": {"format": "gif"},
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its 900 pictures would take 52 MB in RGB."""
    return render(tmp_path_factory.mktemp("clip") / "long.mp4", Clip(pictures=900, rate=30, width=160, height=120))


@pytest.mark.parametrize("name", CASES)
def test_memory_does_not_grow_with_the_length_of_a_picture_with_any_option(
    clip: Path, tmp_path: Path, name: str
) -> None:
    def kilobytes(seconds: float) -> int:
        choice = {"pieces": {"pieces": 20, "piece": seconds / 21}, "auto": {"auto": seconds}}.get(name, {})
        order = {"spec": {"fps": 30, **CASES[name]}, "end": 0 if choice else seconds, "choice": choice}
        words = [str(clip), str(tmp_path / "out"), json.dumps({**order, "scored": name == "best"})]
        run = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, cwd=ROOT)
        assert run.returncode == 0, run.stderr
        return int(run.stdout)

    assert kilobytes(29) - kilobytes(2.5) < 20_000


ESTIMATE = """
import resource, sys
from pathlib import Path
from animator.core.order import AnimationSpec, Order
from animator.make.estimate import estimate
spec = AnimationSpec(format=sys.argv[2], fps=30, width=160, effort=2)
estimate(Path(sys.argv[1]), Order(spec=spec, end=float(sys.argv[3])))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("container", ["webp", "gif"])
def test_an_estimate_holds_a_few_of_a_large_sources_pictures_however_many_it_tries(
    tmp_path: Path, container: str
) -> None:
    """Each has 12 MB; for a small picture of them many are tried, or all."""
    clip = Clip(pictures=90, rate=30, width=3840, height=2160, options={"preset": "ultrafast", "g": "30"})
    large = render(tmp_path / "large.mp4", clip)

    def megabytes(seconds: float) -> int:
        words = [sys.executable, "-c", ESTIMATE, str(large), container, str(seconds)]
        run = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
        assert run.returncode == 0, run.stderr
        return int(run.stdout) // 1024

    assert megabytes(3) - megabytes(0.5) < 150
