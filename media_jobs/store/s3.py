"""Media bytes in a bucket that speaks the S3 protocol: what storage.py uses in place of a local disk."""

import io
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from media_jobs.store import copies, outgoing
from media_jobs.store.direct import DirectUploads
from media_jobs.store.transfers import copy, fetch, send
from media_jobs.store.waiting import nobody_waits

_READ_AHEAD = 256 * 1024
_MISSING = {"404", "NoSuchKey", "NoSuchUpload", "NotFound"}


class StorageUnavailable(OSError):
    """The bucket did not answer as it should; what was asked may work later."""


class S3Bucket:
    """Objects under the same keys that a disk would use. Errors are OSErrors, as a disk's are."""

    def __init__(self, client: Any, bucket: str, *, public: Any = None) -> None:
        """`public` signs addresses for clients, if they may fetch from the bucket themselves."""
        self._client = client
        self._bucket = bucket
        self._public = public

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
        client = partial(
            boto3.client,
            "s3",
            aws_access_key_id=unquote(parts.username or "") or None,
            aws_secret_access_key=unquote(parts.password or "") or None,
            region_name=options.get("region", "us-east-1"),
            config=_config(),
        )
        outside = settings.ZOETROPE_MEDIA_REDIRECT
        return cls(
            client(endpoint_url=f"{'http' if options.get('tls') == '0' else 'https'}://{host}"),
            bucket,
            public=client(endpoint_url=outside) if outside else None,
        )

    @property
    def direct(self) -> DirectUploads | None:
        """Where clients may fetch they may put, too."""
        if self._public is None:
            return None
        return DirectUploads(self._client, self._public, bucket=self._bucket, translated=_translated)

    def adopt(self, path: Path, key: str, *, alive: Callable[[], None] = nobody_waits) -> None:
        """The object appears whole or not at all: a larger file goes as a multipart upload, completed at the end."""
        try:
            self._send(path, key, alive=alive)
        except FileNotFoundError:
            if not self.exists(key):
                raise
        path.unlink(missing_ok=True)

    def copy(self, key: str, target: str, *, alive: Callable[[], None] = nobody_waits) -> None:
        """The bucket copies, and no byte comes here; a large file piece by piece."""
        with _translated(key):
            copy(self._client, bucket=self._bucket, key=key, target=target, alive=alive)

    def take_in(self, path: Path, key: str) -> bool:
        """It waits on this host, where it can be read already, for `push`."""
        try:
            outgoing.put(path, key)
        except FileNotFoundError:
            if outgoing.path_of(key).exists():
                return False
            if self.exists(key):
                return True
            raise
        if settings.ZOETROPE_ROLE != "web":  # whose host runs no jobs
            copies.keep(outgoing.path_of(key), key)
        return False

    def push(self, key: str) -> None:
        """Into the bucket; the file stays on this host until somebody says `outgoing.drop`."""
        path = outgoing.path_of(key)
        size = path.stat().st_size  # it may be deleted meanwhile
        self._send(path, key, alive=nobody_waits)
        if (there := self._size(key)) != size:
            raise StorageUnavailable(f"The bucket has {there} bytes of {key}, not {size}.")

    def reserve(self, size: int) -> None:
        """A bucket has no end."""

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except FileNotFoundError:
            return False
        return True

    def open(self, key: str) -> BinaryIO:
        with suppress(FileNotFoundError):
            return outgoing.path_of(key).open("rb")
        raw = _Reader(self._client, bucket=self._bucket, key=key, size=self.size(key))
        return cast(BinaryIO, io.BufferedReader(raw, buffer_size=_READ_AHEAD))

    def size(self, key: str) -> int:
        with suppress(FileNotFoundError):
            return outgoing.path_of(key).stat().st_size
        return self._size(key)

    def link(self, key: str, *, method: str, seconds: int, headers: Mapping[str, str]) -> str:
        """Signed on this host, without a word to the bucket; "" for what waits here to be pushed."""
        if self._public is None or outgoing.path_of(key).exists():
            return ""
        wanted = {f"Response{name.replace('-', '')}": text for name, text in headers.items()}
        address: str = self._public.generate_presigned_url(
            "head_object" if method == "HEAD" else "get_object",
            Params={"Bucket": self._bucket, "Key": key, **wanted},
            ExpiresIn=seconds,
        )
        return address

    def _size(self, key: str) -> int:
        with _translated(key):
            return int(self._client.head_object(Bucket=self._bucket, Key=key)["ContentLength"])

    def drop_copy(self, key: str) -> bool:
        return copies.drop(key)

    @contextmanager
    def local(self, key: str, *, alive: Callable[[], None] = nobody_waits) -> Iterator[Path]:
        def fetch_into(file: BinaryIO) -> None:
            with _translated(key):
                fetch(self._client, file, bucket=self._bucket, key=key, alive=alive)

        with copies.copy_of(key, size=lambda: self._size(key), fetch=fetch_into, alive=alive) as copy:
            yield copy

    def _send(self, path: Path, key: str, *, alive: Callable[[], None]) -> None:
        with _translated(key):
            send(self._client, path, bucket=self._bucket, key=key, alive=alive)

    def delete(self, key: str) -> None:
        outgoing.path_of(key).unlink(missing_ok=True)
        copies.drop(key)
        with _translated(key):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def all_keys(self, *, below: str = "") -> Iterator[str]:
        prefix = f"{below}/" if below else ""
        with _translated(self._bucket):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                yield from (item["Key"] for item in page.get("Contents", ()))

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
        signature_version="s3v4",
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
