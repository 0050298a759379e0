"""The gateway as users start it, in front of the live server; clips; programs that know it by environment."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
from pytest_django.live_server_helper import LiveServer

from applications.models import ApiKey
from tests.integration.cloudapi.waiting import until

ROOT = Path(__file__).parents[3]
PROGRAMS = Path(__file__).with_name("programs")


@dataclass(frozen=True)
class RunningGateway:
    """`variables` are what `gateway --env` says; `greeting` is what it printed at its start."""

    proxy: str
    tls_port: int
    folder: Path
    variables: dict[str, str]
    greeting: str


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def gateway(live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    with running_gateway(tmp_path_factory.mktemp("gateway"), upstream=live_server.url.removeprefix("http://")) as found:
        yield found


@contextmanager
def running_gateway(data: Path, *, upstream: str) -> Iterator[RunningGateway]:
    proxy_port, tls_port = _free_port(), _free_port()
    environment = {**os.environ, "ZOETROPE_DATA_DIR": str(data)}
    command = [sys.executable, "manage.py", "gateway", "--proxy-port", str(proxy_port), "--tls-port", str(tls_port)]
    printed = subprocess.run([*command, "--env"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    output = data / "output.txt"
    with output.open("w") as file:
        process = subprocess.Popen([*command, "--upstream", upstream], cwd=ROOT, env=environment, stdout=file)
    until(lambda: "trust" in output.read_text())
    variables = dict(re.findall(r"^export (\w+)='?([^'\"\n]*)", printed.stdout, re.MULTILINE))
    yield RunningGateway(
        f"http://127.0.0.1:{proxy_port}", tls_port, data / "gateway", variables, greeting=output.read_text()
    )
    process.terminate()
    process.wait(10)


@pytest.fixture
def start(gateway: RunningGateway, api_key: ApiKey, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start one of `programs/`: it gets the exported variables, a key, and its arguments as JSON; nothing else."""

    def run(program: str, **arguments: Any) -> subprocess.Popen[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            **gateway.variables,
            "NODE_PATH": str(ROOT / "tests/sdk/node_modules"),
            "SECRET_ID": api_key.secret_id,
            "SECRET_KEY": api_key.secret_key,
        }
        runner = [sys.executable] if program.endswith(".py") else ["node"]
        command = [*runner, str(PROGRAMS / program), json.dumps(arguments)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True)

    return run


@pytest.fixture
def program(start: Callable[..., subprocess.Popen[str]]) -> Callable[..., Any]:
    """Run a program to its end: the JSON that it prints."""

    def run(name: str, **arguments: Any) -> Any:
        out, err = start(name, **arguments).communicate(timeout=120)
        assert out, err[-3000:]
        return json.loads(out.splitlines()[-1])

    return run


@pytest.fixture
def clip_of(clip: Path, tmp_path: Path) -> Callable[[int], Path]:
    """The clip, made as large as wanted by a box at its end that players skip."""

    def made(size: int) -> Path:
        data = clip.read_bytes()
        room = size - len(data)
        path = tmp_path / f"clip-{size}.mp4"
        path.write_bytes(data + room.to_bytes(4, "big") + b"free" + os.urandom(room - 8))
        return path

    return made


HLS = {"hls_time": "1", "hls_playlist_type": "vod"}


@pytest.fixture
def streamed(clip: Path, tmp_path: Path) -> Callable[..., Path]:
    """The clip as a manifest with its segments beside it. `form` is the name of FFmpeg's muxer."""

    def made(name: str, *, form: str, **options: str) -> Path:
        folder = tmp_path / "stream"
        folder.mkdir()
        _remux(clip, folder / name, form=form, options=options)
        assert len(list(folder.iterdir())) > 1
        return folder / name

    return made


@pytest.fixture
def playlist(streamed: Callable[..., Path], tmp_path: Path) -> Path:
    """HLS with transport stream segments."""
    segments = str(tmp_path / "stream" / "part %d.ts")
    return streamed("index.m3u8", form="hls", hls_segment_filename=segments, **HLS)


def _remux(clip: Path, target: Path, *, form: str, options: dict[str, str]) -> None:
    with av.open(str(clip)) as source, av.open(str(target), "w", format=form, options=options) as sink:
        video = source.streams.video[0]
        stream = sink.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.dts is not None:
                packet.stream = stream
                sink.mux(packet)
