"""Object uploads while clients break off and web workers are killed: each file arrives byte by byte, once (F22, R8).

ZOETROPE_FAULT_UPLOADS: how many; 100 for the promised figure.
"""

import hashlib
import json
import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from qcloud_cos import CosConfig, CosS3Client

from tests.integration.cloudapi.cos.server import OpenSession, Server

COUNT = int(os.environ.get("ZOETROPE_FAULT_UPLOADS", "8"))
MIB = 1024 * 1024
COMMIT_ALL = """
import hashlib, json
from media_jobs.maintenance.cleaning import collect_garbage
from media_jobs.models import Media, Upload
from media_jobs.uploads.services import commit
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import storage
found = {}
for upload in Upload.objects.order_by("pk"):
    media = commit(upload_id=upload.pk)
    assert commit(upload_id=upload.pk) == media
    with storage().open(media.storage_key) as file:
        found[upload.pk.hex] = hashlib.file_digest(file, "sha256").hexdigest()
collect_garbage()
named = set(Media.objects.values_list("storage_key", flat=True))
left = [path.name for path in scratch().iterdir() if path.suffix != ".object"]
print(json.dumps([found, Media.objects.count(), len(named), left]))
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path / "data", sessions=COUNT)
    yield running
    running.stop()


def _client(server: Server, session: OpenSession) -> CosS3Client:
    secrets = {"SecretId": session.key.secret_id, "SecretKey": session.key.secret_key, "Token": session.key.token}
    address = {"IP": "127.0.0.1", "Port": server.port, "Scheme": "http"}
    return CosS3Client(CosConfig(Region="ap-guangzhou", **secrets, **address), retry=10)


def _break_off(client: CosS3Client, where: dict[str, str], data: bytes) -> None:
    """Some parts, in any order, some with other bytes first; then this client is gone."""
    with suppress(Exception):  # the server may be gone as well
        upload_id = client.create_multipart_upload(**where)["UploadId"]
        numbers = list(range(1, len(data) // MIB + 1))
        random.shuffle(numbers)
        for number in numbers[: len(numbers) // 2]:
            if random.random() < 0.3:
                client.upload_part(Body=b"other", PartNumber=number, UploadId=upload_id, **where)
            part = data[(number - 1) * MIB : number * MIB]
            client.upload_part(Body=part, PartNumber=number, UploadId=upload_id, **where)


def _upload(server: Server, session: OpenSession, folder: Path) -> tuple[str, str]:
    name = session.path.split("/")[1]
    path = folder / name
    path.write_bytes(os.urandom(random.randint(MIB + 1, 6 * MIB)))
    client, where = _client(server, session), {"Bucket": session.bucket, "Key": session.path[1:]}
    for _ in range(random.randint(0, 2)):
        _break_off(client, where, path.read_bytes())
    for attempt in range(5):
        try:
            client.upload_file(LocalFilePath=str(path), PartSize=1, MAXThread=2, **where)
            break
        except Exception:
            assert attempt < 4, "five clients in a row could not finish"
            time.sleep(2)
    return name, hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_file_arrives_although_clients_and_workers_die(server: Server, tmp_path: Path) -> None:
    done = threading.Event()
    kills: list[int] = []

    def kill() -> None:
        while not done.wait(5 if kills else 0.2):
            server.kill()
            kills.append(1)
            server.start()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with ThreadPoolExecutor(4) as clients:
            sent = dict(clients.map(lambda session: _upload(server, session, tmp_path), server.sessions))
    finally:
        done.set()
        killer.join()
    found, media, keys, left = json.loads(server.run(COMMIT_ALL))
    assert found == sent
    assert (media, keys, left) == (COUNT, COUNT, [])
    assert kills
    print(f"{COUNT} uploads, {len(kills)} workers killed, {COUNT} equal")
