"""Files to and from a bucket, in pieces, while whoever waits for them shows that he lives."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from boto3.s3.transfer import TransferConfig, create_transfer_manager
from s3transfer.exceptions import RetriesExceededError  # type: ignore[import-untyped]

_MIB = 1024 * 1024
_PIECES = TransferConfig(multipart_threshold=16 * _MIB, multipart_chunksize=16 * _MIB, max_concurrency=4)
_SOON, _RARELY = 0.005, 0.25  # seconds between two looks: a small file is there at once


def send(client: Any, path: Path, *, bucket: str, key: str, alive: Callable[[], None]) -> None:
    """The object appears whole or not at all. `alive` is called several times a second, and may raise: then no more."""
    with create_transfer_manager(client, _PIECES) as manager:
        _wait_for(manager.upload(str(path), bucket, key), alive=alive)


def fetch(client: Any, file: BinaryIO, *, bucket: str, key: str, alive: Callable[[], None]) -> None:
    """Into an open file, which can be sought; `alive` as for `send`."""
    with create_transfer_manager(client, _PIECES) as manager:
        _wait_for(manager.download(bucket, key, file), alive=alive)


def copy(client: Any, *, bucket: str, key: str, target: str, alive: Callable[[], None]) -> None:
    """Within the bucket; `alive` as for `send`."""
    with create_transfer_manager(client, _PIECES) as manager:
        _wait_for(manager.copy({"Bucket": bucket, "Key": key}, bucket, target), alive=alive)


def _wait_for(transfer: Any, *, alive: Callable[[], None]) -> None:
    """The client's own timeouts and numbers of tries bound it."""
    pause = _SOON
    while not transfer.done():
        alive()
        time.sleep(pause)
        pause = min(2 * pause, _RARELY)
    try:
        transfer.result()
    except RetriesExceededError as error:
        raise OSError(f"The bucket broke off again and again: {error.last_exception}") from error
