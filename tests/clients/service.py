"""A running Zoetrope with the gateway before it, as clients meet it: by environment variables, or not at all."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.vod.v20180717.vod_client import VodClient

from tests.faults.instance import ROOT, SECRET_ID, SECRET_KEY, Instance, free_port, wait_for
from tests.receivers import receiver


@dataclass(frozen=True)
class Service:
    """`variables` are what `gateway --env` says."""

    instance: Instance
    proxy: str
    folder: Path
    variables: dict[str, str]

    def call(self, action: str, **given: Any) -> dict[str, Any]:
        http = HttpProfile(protocol="http", endpoint=f"127.0.0.1:{self.instance.port}")
        client = VodClient(Credential(SECRET_ID, SECRET_KEY), "ap-guangzhou", ClientProfile(httpProfile=http))
        answer: dict[str, Any] = client.call_json(action, given)["Response"]
        return answer

    def session(self) -> tuple[dict[str, Any], str]:
        """An upload session for a client of the object storage, and the key to commit it by."""
        made = self.call("ApplyUpload", MediaType="mp4", MediaName="matrix")
        key = made["TempCertificate"]
        keys = [key["SecretId"], key["SecretKey"], key["Token"]]
        where = {"bucket": made["StorageBucket"], "region": made["StorageRegion"]}
        return {**where, "key": made["MediaStoragePath"].lstrip("/"), "keys": keys}, made["VodSessionKey"]

    def pull_events(self) -> None:
        """One is waiting to be pulled."""
        self.call("ModifyEventConfig", Mode="PULL")
        self.instance.api.post("events/test", json={"type": "NewFileUpload"}).raise_for_status()

    def callback(self) -> dict[str, Any]:
        """The secret, and the headers and the body that a receiver got."""
        code = "from media_jobs.models import EventConfig; print(EventConfig.objects.get().webhook_secret)"
        api = self.instance.api
        with receiver() as hook:
            changes = {"mode": "PUSH", "notification_url": hook.url}
            api.patch("event-config", json=changes).raise_for_status()
            api.post("events/test", json={"type": "FileDeleted"}).raise_for_status()
            message = hook.wait(1, seconds=300)[0]
        secret = self.instance.manage("shell", "--no-imports", "-c", code).stdout.split()[-1]
        return {"secret": secret, "headers": message.headers, "body": message.body.decode()}

    def holds(self, file_id: str, file: Path, *, cover: Path | None = None) -> None:
        """Raises AssertionError when the media is not, byte by byte, the file, and its poster the cover."""
        media = self.instance.api.get(f"media/{file_id}").json()
        assert _digest_of(media["source_url"]) == hashlib.sha256(file.read_bytes()).hexdigest(), "other bytes"
        if cover:
            assert _digest_of(media["poster_url"]) == hashlib.sha256(cover.read_bytes()).hexdigest(), "another cover"


@contextmanager
def service(folder: Path) -> Iterator[Service]:
    instance = Instance(folder, ZOETROPE_OUTBOUND_ALLOW="127.0.0.1/32").start()
    ports = ["--proxy-port", str(free_port()), "--tls-port", str(free_port())]
    command = [sys.executable, "manage.py", "gateway", *ports]
    about = {"cwd": ROOT, "env": instance.environment}
    printed = subprocess.run([*command, "--env"], capture_output=True, text=True, check=True, **about)
    variables = dict(re.findall(r"^export (\w+)='?([^'\"\n]*)", printed.stdout, re.MULTILINE))
    with (folder / "gateway.txt").open("w") as said:
        gateway = subprocess.Popen([*command, "--upstream", f"127.0.0.1:{instance.port}"], stdout=said, **about)
    try:
        wait_for(lambda: "trust" in (folder / "gateway.txt").read_text(), seconds=600, what="the gateway")
        yield Service(instance, f"http://127.0.0.1:{ports[1]}", folder / "gateway", variables)
    finally:
        gateway.terminate()
        gateway.wait(20)
        instance.close()


def _digest_of(url: str) -> str:
    return hashlib.sha256(httpx.get(url, trust_env=False).raise_for_status().content).hexdigest()


def run(service: Service, command: list[str], *, place: Path, home: Path, given: dict[str, Any]) -> dict[str, Any]:
    """A program to its end, with the gateway's variables, a key and its own packages; the JSON that it prints."""
    environment = {
        **service.variables,
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": f"{service.variables['PYTHONPATH']}:{place}",
        "NODE_PATH": str(place / "node_modules"),
        "SECRET_ID": SECRET_ID,
        "SECRET_KEY": SECRET_KEY,
    }
    done = subprocess.run(
        [*command, json.dumps(given)], cwd=home, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, (done.stderr or done.stdout)[-1500:]
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    told: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return told
