"""The image's own steps make something that runs without root, capabilities or a file system to write to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.image import NOBODY, NOT_ALLOWED, UID
from tests.faults.instance import ROOT, SECRET_ID, SECRET_KEY, free_port, wait_for

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("faults")]


class Running:
    """The image's command at `url`."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {
            "PATH": os.environ["PATH"],
            "ZOETROPE_HOST": "127.0.0.1",
            "ZOETROPE_PORT": str(port),
            "ZOETROPE_SECRET_ID": SECRET_ID,
            "ZOETROPE_SECRET_KEY": SECRET_KEY,
        }
        command = ["unshare", "--mount", sys.executable, "-m", "tests.faults.image", str(folder)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self._environment)

    def ready(self) -> bool:
        if self.process.poll() == NOT_ALLOWED:
            pytest.skip("file systems can't be laid over others here")
        assert self.process.poll() is None, "the image's command has ended"
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """One more command beside it, as its user, in its root."""
        inside = ["nsenter", "--mount", "--root", "--wd", "--target", str(self.process.pid), *NOBODY, *command]
        told = Path(f"/proc/{self.process.pid}/environ").read_text().rstrip("\0").split("\0")
        environment = dict(each.split("=", 1) for each in told)
        return subprocess.run(inside, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("mount namespaces aren't allowed here")
    image = Running(tmp_path)
    try:
        yield image
    finally:
        image.process.kill()
        image.process.wait()


def test_the_image_makes_pictures_as_nobody_on_a_root_that_cannot_be_written_to(running: Running) -> None:
    wait_for(running.ready, seconds=150, what="the image's first start")
    with httpx.Client(base_url=running.url, auth=(SECRET_ID, SECRET_KEY), trust_env=False, timeout=30) as client:
        wait_for(lambda: client.get("/api/v1/outputs").json()["count"] >= 2, seconds=90, what="the sample's pictures")
        page = client.get("/", headers={"Accept-Language": "ko"}, follow_redirects=True)
        assert "로그인" in page.text  # so the translations are compiled
    assert running.run("sh", "-c", "touch /opt/zoetrope/x || touch /x").returncode != 0
    assert running.run("id", "-u").stdout == f"{UID}\n"
    assert running.run(".venv/bin/python", "manage.py", "alive").returncode == 0  # its health check
    examined = running.run(".venv/bin/python", "manage.py", "doctor").stdout
    assert "zoetrope " in examined
    assert "can't be examined" not in examined
    assert "compiled" in examined  # the kernel
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 0
