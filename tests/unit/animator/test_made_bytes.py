"""What names a picture's bytes: whatever would make others has another name, so that no old ones pass for new ones."""

import hashlib
import json
import os
import platform
import re
from pathlib import Path
from typing import Any

import pytest

from animator.confine.sandbox import Sandbox
from animator.core.order import AnimationSpec, Order
from animator.make import loaded, recipe
from animator.make.pipeline import animate
from animator.make.sample import render_sample

RECORD = Path(__file__).with_name("made_bytes.json")
OURS = ("engine", "kernel", "gif")  # what of a fingerprint is raised or changed here, and not by others
BESIDE = "avif,apng,mp4,webm,poster,poster-webp"
ORDERS = {
    "gif": {"format": "gif", "siblings": f"webp,{BESIDE}", "loop_count": 2},
    "webp": {"format": "webp", "siblings": "gif", "effort": 3, "loop": "best", "fit": "smart", "height": 60},
    "faded": {"format": "webp", "crossfade": 0.2, "trim_borders": True, "quality": 40.0, "loop_count": 1},
    "small": {"format": "gif", "max_bytes": 9_000, "loop": "bounce", "speed": 0.5, "effort": 1},
}


def _made(folder: Path) -> dict[str, str]:
    """The digest of each file, by its name."""
    folder.mkdir()
    clip = render_sample(folder / "clip.mp4", seconds=1.2, width=160, height=90, fps=20)
    for name, said in ORDERS.items():
        spec = AnimationSpec(**{"fps": 10, "width": 80, **said})
        animate(clip, folder / f"{name}.{spec.format}", Order(spec=spec, start=0.1, end=1.0))
    clip.unlink()
    return {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_engine_makes_the_same_bytes_and_one_that_makes_others_has_another_version(tmp_path: Path) -> None:
    """RENEW_MADE_BYTES=1 writes them down anew: after ENGINE_VERSION was raised, or with other codecs."""
    told, (made, again) = json.loads(recipe.fingerprint()), (_made(tmp_path / name) for name in ("one", "two"))
    assert again == made
    if os.environ.get("RENEW_MADE_BYTES"):
        written = {"processor": _processor(), "fingerprint": told, "md5": made}
        RECORD.write_text(json.dumps(written, indent=2) + "\n")
    record = json.loads(RECORD.read_text())
    by_others, then = (_without(one, OURS) for one in (told, record["fingerprint"]))
    # Other codecs than those it was written with have another fingerprint already; and what FFmpeg has written for one
    # kind of processor may round otherwise than what it has for another.
    if by_others != then or _processor() != record["processor"]:
        return
    changed = sorted(name for name in made if made[name] != record["md5"].get(name))
    assert not changed or told != record["fingerprint"], "raise recipe.ENGINE_VERSION: old bytes would be adopted"
    assert (told, changed) == (record["fingerprint"], []), "write them down anew: RENEW_MADE_BYTES=1"


def _processor() -> str:
    """Its kind, as Linux names it."""
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _without(told: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in names}


def test_a_fingerprint_is_the_same_before_and_after_any_work_and_names_every_codec(tmp_path: Path) -> None:
    clip = render_sample(tmp_path / "clip.mp4", seconds=0.4, width=64, height=36, fps=10)
    sandbox, other = Sandbox(), Sandbox(forked=True)
    try:
        told = sandbox.run("fingerprint", {})["fingerprint"]
        sandbox.animate(clip, tmp_path / "out.gif", Order(spec=AnimationSpec(format="gif", fps=5, siblings=BESIDE)))
        assert sandbox.run("fingerprint", {})["fingerprint"] == told
        assert other.run("fingerprint", {})["fingerprint"] == told
    finally:
        sandbox.close()
        other.close()
    assert recipe.fingerprint() == told
    codecs = " ".join(json.loads(told)["codecs"])
    for name in ("libavcodec", "libswscale", "libx264", "libvpx", "libSvtAv1", "libwebp"):
        assert name in codecs, "a codec that isn't named may be renewed unseen"


@pytest.mark.parametrize("what", ["ENGINE_VERSION", "codecs"])
def test_another_engine_or_another_codec_is_another_fingerprint(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = recipe.fingerprint()
    if what == "codecs":
        monkeypatch.setattr(loaded, "loaded_libraries", lambda: ("/usr/lib/libx264.so.166", "/usr/lib/libc.so.6"))
        assert json.loads(recipe.fingerprint())["codecs"] == ["libx264.so.166"]
    else:
        monkeypatch.setattr(recipe, what, 99)
    assert recipe.fingerprint() != told
