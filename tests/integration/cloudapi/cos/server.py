"""The web server as `runconsole` starts it, with a data folder of its own and upload sessions to send to."""

import http.client
import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cloudapi.cos.credentials import TemporaryKey
from tests.integration.cloudapi.conftest import ROOT
from tests.integration.cloudapi.waiting import until

MIB = 1024 * 1024
SETUP = """
import json
from applications.models import User
from applications.services.applications import create_application
from cloudapi.cos.sessions import begin_session
from media_jobs.uploads.services import Wanted
owner = User.objects.create_user("owner")
application = create_application(name="Studio", owner=owner, app_id=1500000001, is_primary=True)
made = []
for number in range({count}):
    session = begin_session(application=application, wanted=Wanted(name="a.mp4", by_objects=True), door="sdk")
    key = session.temporary_key
    made.append([session.bucket, session.media_path, key.secret_id, key.secret_key, key.token])
print(json.dumps(made))
"""


@dataclass(frozen=True)
class OpenSession:
    bucket: str
    path: str
    key: TemporaryKey


class Server:
    def __init__(self, data: Path, *, sessions: int = 1) -> None:
        data.mkdir(exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._environment = {
            **os.environ,
            "ZOETROPE_DATA_DIR": str(data),
            "ZOETROPE_MIN_FREE_BYTES": str(MIB),
            "ZOETROPE_PORT": str(self.port),
            "DATABASE_URL": f"sqlite:///{data / 'own.sqlite3'}",
        }
        self._manage("migrate", "--verbosity", "0")
        self.sessions = [_session(*row) for row in json.loads(self.run(SETUP.replace("{count}", str(sessions))))]
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "config.web"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self._environment)
        until(self.answers)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    def run(self, code: str) -> str:
        """The last line that `code` prints inside the server's surroundings."""
        return self._manage("shell", "--no-imports", "-c", code).splitlines()[-1]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def peak(self) -> int:
        """Bytes of memory that the server ever had at once."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

    def _manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def answers(self) -> bool:
        try:
            with self.connected(seconds=10) as connection:
                connection.request("GET", "/livez")
                return connection.getresponse().status == 200
        except OSError:
            return False

    def connected(self, *, seconds: float = 60) -> closing[http.client.HTTPConnection]:
        return closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds))


def _session(bucket: str, path: str, secret_id: str, secret_key: str, token: str) -> OpenSession:
    far = datetime(2090, 1, 1, tzinfo=UTC)
    key = TemporaryKey(secret_id=secret_id, secret_key=secret_key, token=token, expires_at=far)
    return OpenSession(bucket, path, key)
