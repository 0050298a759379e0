"""What docs/api.md and docs/upload-form.md tell people to type works, typed in that order."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.faults.instance import ROOT, SECRET_ID, SECRET_KEY, Instance


@pytest.fixture
def folder(tmp_path: Path, clip: Path) -> Path:
    (tmp_path / "clip.mp4").write_bytes(clip.read_bytes())
    return tmp_path


def test_the_api_page_leads_from_a_video_to_a_picture(served: Instance, folder: Path) -> None:
    script = "\n".join(_blocks("api.md", "sh"))
    done = _bash(script, served, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "completed\n" in done.stdout
    with Image.open(folder / "teaser.webp") as picture:
        assert (picture.format, picture.width, getattr(picture, "n_frames", 1) > 5) == ("WEBP", 320, True)
    assert served.api.get("procedures?name=teasers").json()["count"] == 0


def test_the_form_page_signs_and_uploads(served: Instance, folder: Path) -> None:
    served.api.post("procedures", json={"name": "teasers", "steps": [{"definition": 20000, "start": 1, "end": 2}]})
    [program] = _blocks("upload-form.md", "python")
    keys = {"SECRET_ID": SECRET_ID, "SECRET_KEY": SECRET_KEY}
    signature = subprocess.check_output([sys.executable, "-c", program], env={**os.environ, **keys}, text=True).strip()
    [command] = _blocks("upload-form.md", "sh")
    done = _bash(f"SIGNATURE={signature}\n{command}", served, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert served.api.get(f"tasks/{answer['task_id']}").json()["procedure"] == "teasers"
    served.api.delete("procedures/teasers")


def _blocks(page: str, language: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def _bash(script: str, served: Instance, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {"ZOETROPE": served.url, "SECRET_ID": SECRET_ID, "SECRET_KEY": SECRET_KEY}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
