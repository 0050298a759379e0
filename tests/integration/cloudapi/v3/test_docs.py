"""The complete examples of docs/sdk-*.md, run as they stand there."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from applications.models import ApiKey
from media_jobs.models import AnimatedImage, Media, ProcedureTask
from templates_app.models import AnimatedImageTemplate

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[4]
Run = Callable[..., str]


def _block(page: str, language: str) -> str:
    """The one block of this language on the page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return str(block)


@pytest.fixture
def example(live_server: LiveServer, api_key: ApiKey, run_jobs: Callable[[], int]) -> Run:
    """What the program prints; jobs are run meanwhile."""

    def run(*command: str, **environment: str) -> str:
        variables = {
            **os.environ,
            "ZOETROPE": live_server.url.removeprefix("http://"),
            "TENCENTCLOUD_SECRET_ID": api_key.secret_id,
            "TENCENTCLOUD_SECRET_KEY": api_key.secret_key,
            "NODE_PATH": str(ROOT / "tests" / "sdk" / "node_modules"),
            **environment,
        }
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=variables, stdout=pipe, stderr=pipe, text=True) as program:
            deadline = time.monotonic() + 120
            while program.poll() is None and time.monotonic() < deadline:
                run_jobs()
                time.sleep(0.1)
            program.kill()
            printed, complaints = program.communicate()
        assert program.returncode == 0, complaints
        return printed

    return run


def test_the_python_example_uploads_and_prints_an_image(example: Run, clip: Path, tmp_path: Path) -> None:
    program = tmp_path / "example.py"
    program.write_text(_block("sdk-python.md", "python"))
    printed = example(sys.executable, str(program), str(clip))
    image = AnimatedImage.objects.get()
    assert printed.split()[-1].endswith(image.storage_key)
    assert (image.container, image.width, image.start, image.end) == ("webp", 320, 0.5, 2.0)


def test_the_node_example_runs_a_flow_and_prints_an_image(example: Run, uploaded: Media, tmp_path: Path) -> None:
    program = tmp_path / "example.cjs"
    program.write_text(_block("sdk-node.md", "js"))
    printed = example("node", str(program), uploaded.file_id)
    assert printed.split()[-1].endswith(AnimatedImage.objects.get().storage_key)


def test_the_shell_example_signs_as_it_should(example: Run, uploaded: Media, tmp_path: Path) -> None:
    program = tmp_path / "example.sh"
    program.write_text(_block("sdk-cli-curl.md", "sh"))
    printed = example("bash", str(program), FILE_ID=uploaded.file_id)
    made, found, started = (json.loads(line)["Response"] for line in printed.splitlines())
    assert AnimatedImageTemplate.objects.get(definition=made["Definition"]).name == "from a shell"
    assert found["TotalCount"] == 1
    assert ProcedureTask.objects.get().task_id == started["TaskId"]
