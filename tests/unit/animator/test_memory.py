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
from animator.make.pipeline import animate
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
