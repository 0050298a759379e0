"""Uploads by real tus clients against the real server: cut off, resumed, raced and killed, and whole in the end."""

import base64
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient

from tests.faults.instance import ROOT, SECRET_ID, SECRET_KEY, Instance, wait_for

MIB = 1024 * 1024
BASIC = "Basic " + base64.b64encode(f"{SECRET_ID}:{SECRET_KEY}".encode()).decode()
TUS = {"Tus-Resumable": "1.0.0"}


def test_tuspy_goes_on_where_it_was_interrupted(served: Instance) -> None:
    data = _bytes(5 * MIB + 7)
    client = TusClient(f"{served.url}/api/v1/uploads", headers={"Authorization": BASIC})
    first = client.uploader(file_stream=BytesIO(data), chunk_size=MIB, metadata={"filename": "from python.mp4"})
    first.upload_chunk()
    first.upload_chunk()
    second = client.uploader(file_stream=BytesIO(data), chunk_size=MIB, url=first.url, upload_checksum=True)
    assert second.offset == 2 * MIB
    second.upload()
    assert _stored(served, first.url) == data


def test_tus_js_client_goes_on_where_it_was_interrupted(served: Instance, tmp_path: Path) -> None:
    data = _bytes(3 * MIB + 11)
    file = tmp_path / "source.bin"
    file.write_bytes(data)
    node = shutil.which("node")
    assert node, "Node.js is part of the set-up (make setup)"
    script = Path(__file__).with_name("tus_client.cjs")
    done = subprocess.run(
        [node, str(script), f"{served.url}/api/v1/uploads", BASIC, str(file), str(MIB // 2)],
        env={**os.environ, "NODE_PATH": str(ROOT / "node_modules")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["resumedAt"] >= MIB
    media = served.api.get(f"media/{seen['fileId']}").json()
    assert media["name"] == "from node"
    assert hashlib.sha256(_content(served, media)).digest() == hashlib.sha256(data).digest()


def test_thirty_uploads_at_once_cut_off_at_random_come_out_whole(served: Instance) -> None:
    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(lambda seed: _survives_two_cuts(served, seed=seed), range(30)))


def test_of_many_writers_at_one_place_one_wins_and_nothing_is_mixed(served: Instance) -> None:
    pieces = [_bytes(400_000, seed=seed) for seed in range(8)]
    location = _create(served, 400_000)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda piece: _patch(served, location, piece, offset=0).status_code, pieces))
    assert answers.count(204) == 1
    assert set(answers) <= {204, 409, 410, 423}
    assert _stored(served, location) == pieces[answers.index(204)]


def test_a_server_killed_in_the_middle_of_a_piece_keeps_what_it_had_on_disk(served: Instance) -> None:
    data = _bytes(40 * MIB)
    location = _create(served, len(data))
    with _open_patch(served, location, length=len(data), offset=0) as connection:
        connection.sendall(data[: 30 * MIB])
        wait_for(lambda: served.api.get(location).json()["offset"] >= 16 * MIB, seconds=20, what="a checkpoint")
        _kill_web(served)
    wait_for(served.ready, seconds=60, what="the web server after its kill")
    assert 16 * MIB <= _offset(served, location) <= 30 * MIB
    _finish(served, location, data)
    assert _stored(served, location) == data


@pytest.mark.parametrize("by", ["tus", "chunked tus", "form"])
def test_memory_stays_flat_however_large_the_file(served: Instance, by: str) -> None:
    block, blocks = b"\0" * MIB, 200
    _upload_blocks(served, [block], by=by)
    before = _memory(served)
    _upload_blocks(served, [block] * blocks, by=by)
    assert _memory(served) - before < 40 * MIB


def test_a_form_without_its_end_or_its_length_is_dealt_with(served: Instance) -> None:
    def whole(ending: bytes) -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        yield b"x" * 100_000
        yield ending

    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    assert served.api.post("media", content=whole(b"\r\n--b--\r\n"), headers=kind).status_code == 201
    assert served.api.post("media", content=whole(b"\r\n--b"), headers=kind).status_code == 400
    assert served.api.post("media", content=whole(b""), headers=kind).status_code == 400


def _survives_two_cuts(served: Instance, *, seed: int) -> bool:
    dice = random.Random(seed)
    data = _bytes(dice.randrange(1, 300_000), seed=seed)
    location = _create(served, len(data))
    offset = 0
    for _ in range(2):
        keep = dice.randrange(0, len(data) - offset)
        _broken_patch(served, location, data, offset=offset, keep=keep)
        offset += keep
        wait_for(partial(_is_at, served, location, offset), seconds=20, what="the bytes before the cut")
    _finish(served, location, data)
    return _stored(served, location) == data


def _upload_blocks(served: Instance, blocks: list[bytes], *, by: str) -> None:
    size = sum(map(len, blocks))
    if by == "form":
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="zeros.mp4"\r\n\r\n'
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        answer = served.api.post("media", content=iter([head, *blocks, b"\r\n--b--\r\n"]), headers=headers)
        assert answer.status_code == 201, answer.text
        return
    location = _create(served, size)
    length = {"Content-Length": str(size)} if by == "tus" else {}
    headers = {**TUS, **length, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    answer = served.api.patch(location, content=iter(blocks), headers=headers)
    assert answer.headers["Upload-Offset"] == str(size)


def _bytes(size: int, *, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def _create(served: Instance, length: int) -> str:
    name = base64.b64encode(b"clip.mp4").decode()
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": f"filename {name}"}
    answer = served.api.post("uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    return served.url + answer.headers["Location"]


def _offset(served: Instance, location: str) -> int:
    return int(served.api.head(location, headers=TUS).headers["Upload-Offset"])


def _is_at(served: Instance, location: str, offset: int) -> bool:
    return _offset(served, location) == offset


def _patch(served: Instance, location: str, data: bytes, *, offset: int) -> httpx.Response:
    headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return httpx.patch(location, content=data, headers={**headers, "Authorization": BASIC}, timeout=60, trust_env=False)


def _finish(served: Instance, location: str, data: bytes) -> None:
    offset = _offset(served, location)
    answer = _patch(served, location, data[offset:], offset=offset)
    assert answer.status_code == 204, answer.text


def _stored(served: Instance, location: str) -> bytes:
    upload = served.api.get(location)
    assert upload.status_code == 200, upload.text
    return _content(served, served.api.get(f"media/{upload.json()['file_id']}").json())


def _content(served: Instance, media: dict[str, Any]) -> bytes:
    return httpx.get(media["source_url"], trust_env=False).content


def _open_patch(served: Instance, location: str, *, length: int, offset: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", served.port))
    head = f"PATCH {location.removeprefix(served.url)} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
    head += f"Authorization: {BASIC}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
    head += f"Content-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


def _broken_patch(served: Instance, location: str, data: bytes, *, offset: int, keep: int) -> None:
    """Announce the rest, send only `keep` bytes of it, hang up."""
    with _open_patch(served, location, length=len(data) - offset, offset=offset) as connection:
        connection.sendall(data[offset : offset + keep])


def _kill_web(served: Instance) -> None:
    for process in served.supervised("config.web"):
        os.kill(process, signal.SIGKILL)


def _memory(served: Instance) -> int:
    """Bytes that the web server's processes hold."""
    statuses = [Path(f"/proc/{process}/status").read_text() for process in served.supervised("config.web")]
    return sum(int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) * 1024 for status in statuses)
