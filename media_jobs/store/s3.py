"""Media bytes in a bucket that speaks the S3 protocol: what storage.py uses in place of a local disk."""

import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from media_jobs.store.scratch import scratch

_MIB = 1024 * 1024
_PIECES = TransferConfig(multipart_threshold=16 * _MIB, multipart_chunksize=16 * _MIB, max_concurrency=4)
_READ_AHEAD = 256 * 1024
_MISSING = {"404", "NoSuchKey", "NotFound"}


class StorageUnavailable(OSError):
    """The bucket did not answer as it should; what was asked may work later."""


class S3Bucket:
    """Objects under the same keys that a disk would use. Errors are OSErrors, as a disk's are."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @classmethod
    def from_url(cls, url: str) -> "S3Bucket":
        """s3://KEY:SECRET@host[:port]/bucket[?region=…&tls=0|1]; key and secret percent-encoded.

        Without a key the usual places are asked (environment, instance role). Raises ValueError without a bucket.
        """
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        bucket = parts.path.strip("/")
        if not bucket or "/" in bucket or not parts.hostname:
            raise ValueError("STORAGE_URL must look like s3://KEY:SECRET@host:port/bucket")
        host = parts.netloc.rpartition("@")[2]
        client = boto3.client(
            "s3",
            endpoint_url=f"{'http' if options.get('tls') == '0' else 'https'}://{host}",
            aws_access_key_id=unquote(parts.username or "") or None,
            aws_secret_access_key=unquote(parts.password or "") or None,
            region_name=options.get("region", "us-east-1"),
            config=_config(),
        )
        return cls(client, bucket)

    def adopt(self, path: Path, key: str) -> None:
        """The object appears whole or not at all: a larger file goes as a multipart upload, completed at the end."""
        try:
            with _translated(key):
                self._client.upload_file(str(path), self._bucket, key, Config=_PIECES)
        except FileNotFoundError:
            if not self.exists(key):
                raise
        path.unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except FileNotFoundError:
            return False
        return True

    def open(self, key: str) -> BinaryIO:
        raw = _Reader(self._client, bucket=self._bucket, key=key, size=self.size(key))
        return cast(BinaryIO, io.BufferedReader(raw, buffer_size=_READ_AHEAD))

    def size(self, key: str) -> int:
        with _translated(key):
            return int(self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"])

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        copy = scratch() / f"{secrets.token_hex(16)}.copy"
        try:
            with _translated(key):
                self._client.download_file(self._bucket, key, str(copy), Config=_PIECES)
            yield copy
        finally:
            copy.unlink(missing_ok=True)

    def delete(self, key: str) -> None:
        with _translated(key):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def keys(self, *, older_than: timedelta) -> Iterator[str]:
        oldest = datetime.now(UTC) - older_than
        with _translated(self._bucket):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
                yield from (item["Key"] for item in page.get("Contents", ()) if item["LastModified"] < oldest)

    def probe(self) -> None:
        mark = f".probe-{secrets.token_hex(4)}"
        with _translated(self._bucket):
            self._client.put_object(Bucket=self._bucket, Key=mark, Body=b"")
            self._client.delete_object(Bucket=self._bucket, Key=mark)


class _Reader(io.RawIOBase):
    """An object as a seekable stream. Reading on is one long ranged GET; a seek only costs the next read a new one."""

    def __init__(self, client: Any, *, bucket: str, key: str, size: int) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._size = size
        self._position = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        target = max(0, base + offset)
        if target != self._position:
            self._drop()
        self._position = target
        return target

    def readinto(self, buffer: Any) -> int:
        if self._position >= self._size:
            return 0
        with _translated(self._key):
            data = self._stream().read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        self._drop()
        super().close()

    def _stream(self) -> Any:
        if self._body is None:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key, Range=f"bytes={self._position}-")
            self._body = answer["Body"]
        return self._body

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


def _config() -> Config:
    """Checksums only where the server asks for them: other vendors' servers refuse or garble AWS's newer ones."""
    return Config(
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "max_attempts": 4},
        connect_timeout=10,
        read_timeout=60,
    )


@contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _MISSING:
            raise FileNotFoundError(key) from None
        raise StorageUnavailable(str(error)) from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageUnavailable(str(error)) from error
