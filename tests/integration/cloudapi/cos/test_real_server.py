"""Object uploads to the web server that users run: flat memory, and workers killed in mid-part."""

import hashlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from qcloud_cos import CosConfig, CosS3Client

from tests.integration.cloudapi.cos.server import Server
from tests.integration.cloudapi.cos.signing import as_header, q_sign

pytestmark = pytest.mark.xdist_group("gateway")
MIB = 1024 * 1024
MOST_GROWTH = 48 * MIB


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


def test_memory_does_not_grow_with_the_object(server: Server) -> None:
    block, count = os.urandom(MIB), 300
    before = server.peak()
    digest = hashlib.md5()
    with server.connected() as connection:
        connection.putrequest("PUT", server.sessions[0].path, skip_host=True)
        headers = {
            "Host": f"{server.sessions[0].bucket}.cos.ap-guangzhou.myqcloud.com",
            "Authorization": as_header(q_sign(server.sessions[0].key, method="PUT", path=server.sessions[0].path)),
            "x-cos-security-token": server.sessions[0].key.token,
            "Content-Length": str(count * MIB),
        }
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        for _ in range(count):
            digest.update(block)
            connection.send(block)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["ETag"]) == (200, f'"{digest.hexdigest()}"')
    grown = server.peak() - before
    assert grown < MOST_GROWTH, f"{grown / MIB:.0f} MiB more for {count} MiB"


def test_an_upload_outlives_killed_workers(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(os.urandom(30 * MIB))
    session = server.sessions[0]
    secrets = {"SecretId": session.key.secret_id, "SecretKey": session.key.secret_key, "Token": session.key.token}
    config = CosConfig(Region="ap-guangzhou", IP="127.0.0.1", Port=server.port, Scheme="http", **secrets)
    client, where = CosS3Client(config, retry=8), {"Bucket": session.bucket, "Key": session.path[1:]}
    ended = threading.Event()
    kills = 0

    def upload() -> None:
        client.upload_file(LocalFilePath=str(path), PartSize=1, MAXThread=3, **where)
        ended.set()

    thread = threading.Thread(target=upload)
    thread.start()
    while not ended.is_set() and kills < 4:
        time.sleep(0.4)
        try:
            os.kill(server.worker(), signal.SIGKILL)
        except (IndexError, ProcessLookupError):
            continue
        kills += 1
        time.sleep(3)
    thread.join(120)
    assert ended.is_set()
    assert kills > 0
    got = client.get_object(**where)["Body"].get_raw_stream().read()
    assert hashlib.sha256(got).digest() == hashlib.sha256(path.read_bytes()).digest()


def _headers(server: Server, method: str) -> dict[str, str]:
    return {
        "Host": f"{server.sessions[0].bucket}.cos.ap-guangzhou.myqcloud.com",
        "Authorization": as_header(q_sign(server.sessions[0].key, method=method, path=server.sessions[0].path)),
        "x-cos-security-token": server.sessions[0].key.token,
    }


def test_a_body_in_chunks_arrives_whole(server: Server) -> None:
    blocks = [os.urandom(70_000) for _ in range(20)]
    with server.connected() as connection:
        connection.request("PUT", server.sessions[0].path, iter(blocks), _headers(server, "PUT"), encode_chunked=True)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["ETag"]) == (200, f'"{hashlib.md5(b"".join(blocks)).hexdigest()}"')


def test_answers_to_head_have_no_body_and_the_connection_goes_on(server: Server) -> None:
    refused = f"HEAD /elsewhere HTTP/1.1\r\nHost: {server.sessions[0].bucket}.cos.ap-guangzhou.myqcloud.com\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall((refused + refused.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")).encode())
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"<" not in answers
    assert answers.count(b"HTTP/1.1 403") == 2


def test_a_refused_body_does_not_spoil_the_next_request(server: Server) -> None:
    with server.connected() as connection:
        headers = {"Host": f"{server.sessions[0].bucket}.cos.ap-guangzhou.myqcloud.com"}
        for _ in range(3):
            connection.request("PUT", "/elsewhere/media.mp4", b"GET / HTTP/1.1\r\n\r\n" * 10_000, headers)
            answer = connection.getresponse()
            assert (answer.status, b"<Code>AccessDenied</Code>" in answer.read()) == (403, True)
