"""Object uploads to the web server that users run: flat memory, and the server killed in mid-part."""

import base64
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from qcloud_cos import CosConfig, CosS3Client

from tests.integration.cloudapi.conftest import PROGRAMS, running_gateway
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


def test_headers_are_written_as_programs_look_for_them(server: Server) -> None:
    """cos-python gives them as a plain dictionary: coscmd's downloads failed for want of Content-Length."""
    here = server.sessions[0]
    key = {"SecretId": here.key.secret_id, "SecretKey": here.key.secret_key, "Token": here.key.token}
    config = CosConfig(Region="ap-guangzhou", Scheme="http", IP="127.0.0.1", Port=server.port, **key)
    where = {"Bucket": here.bucket, "Key": here.path.removeprefix("/")}
    client = CosS3Client(config)
    assert client.put_object(Body=b"12345", **where)["ETag"] == f'"{hashlib.md5(b"12345").hexdigest()}"'
    told = client.head_object(**where)
    assert (told["Content-Length"], "Last-Modified" in told, "Transfer-Encoding" in told) == ("5", True, False)


def test_boto3_over_https_sends_chunks_with_a_checksum_behind_them(server: Server, tmp_path: Path) -> None:
    """Its default since 1.36; the bodies arrived with their framing, or not at all."""
    path, target, data = tmp_path / "clip.mp4", tmp_path / "back.mp4", os.urandom(20 * MIB)
    path.write_bytes(data)
    here = server.sessions[0]
    given = {"file": str(path), "target": str(target), "bucket": here.bucket, "key": here.path[1:]}
    given |= {"region": "ap-guangzhou", "keys": [here.key.secret_id, here.key.secret_key, here.key.token]}
    with running_gateway(tmp_path, upstream=f"127.0.0.1:{server.port}") as gateway:
        done = subprocess.run(
            [sys.executable, str(PROGRAMS / "s3.py"), json.dumps(given)],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **gateway.variables},
            capture_output=True,
            text=True,
            timeout=180,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert "STREAMING-UNSIGNED-PAYLOAD-TRAILER" in told["kinds"]
    assert told["crc32"] == base64.b64encode(zlib.crc32(data).to_bytes(4)).decode()
    assert (told["etag"][-3:], target.read_bytes() == data) == ('-3"', True)


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


def test_an_upload_outlives_killed_servers(server: Server, tmp_path: Path) -> None:
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
        server.kill()
        server.start()
        kills += 1
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


def test_a_body_that_waits_for_a_word_is_asked_for_and_a_refused_one_is_not(server: Server) -> None:
    """PHP (curl) and Java wait for 100 Continue before a large body, and PHP signs the header that says so."""
    session, data = server.sessions[0], b"x" * (2 * MIB)
    host = f"{session.bucket}.cos.ap-guangzhou.myqcloud.com"

    def answers(signed: dict[str, str]) -> list[str]:
        items = q_sign(session.key, method="PUT", path=session.path, headers=signed)
        sent = {"Host": host, "Expect": "100-Continue", "Content-Length": str(len(data))}
        sent |= {"Authorization": as_header(items), "x-cos-security-token": session.key.token}
        head = "".join(f"{name}: {text}\r\n" for name, text in sent.items())
        with server.connected(seconds=30) as connection:
            connection.connect()
            connection.sock.sendall(f"PUT {session.path} HTTP/1.1\r\n{head}\r\n".encode())
            told = connection.sock.makefile("rb")
            first = told.readline().decode()
            if "100" not in first:
                return [first]
            assert told.readline() == b"\r\n"
            connection.sock.sendall(data)
            return [first, told.readline().decode()]

    signed = {"Host": host, "Expect": "100-Continue", "Content-Length": str(len(data))}
    taken = answers(signed)
    assert [line.split()[1] for line in taken] == ["100", "200"]
    assert answers({**signed, "Content-Length": "1"})[-1].split()[1] == "403"


def test_a_body_of_unknown_length_is_taken_as_java_and_go_send_it(server: Server) -> None:
    session, data = server.sessions[0], b"y" * MIB
    host = f"{session.bucket}.cos.ap-guangzhou.myqcloud.com"
    signed = {"Host": host, "Transfer-Encoding": "chunked"}
    items = q_sign(session.key, method="PUT", path=session.path, headers=signed)
    headers = {**signed, "Authorization": as_header(items), "x-cos-security-token": session.key.token}
    with server.connected() as connection:
        connection.request("PUT", session.path, iter([data[:1000], data[1000:]]), headers, encode_chunked=True)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["ETag"]) == (200, f'"{hashlib.md5(data).hexdigest()}"')
