"""A file that clients put into the bucket themselves, in parts, by addresses that are signed here."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

Translated = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class BucketPart:
    """`etag` is without quotes."""

    number: int
    size: int
    etag: str


class DirectUploads:
    """`client` speaks to the bucket's server, `public` signs addresses at which clients reach it; errors are OSErrors.

    An upload that isn't there (any more) is FileNotFoundError.
    """

    def __init__(self, client: Any, public: Any, *, bucket: str, translated: Translated) -> None:
        self._client = client
        self._public = public
        self._bucket = bucket
        self._translated = translated

    def begin(self, key: str) -> str:
        """What the bucket calls the upload."""
        with self._translated(key):
            return str(self._client.create_multipart_upload(Bucket=self._bucket, Key=key)["UploadId"])

    def address(self, key: str, upload: str, *, number: int, size: int, seconds: int) -> str:
        """For one PUT of exactly `size` bytes; signed on this host, without a word to the bucket."""
        return str(
            self._public.generate_presigned_url(
                "upload_part",
                Params={"PartNumber": number, "ContentLength": size, **self._where(key, upload)},
                ExpiresIn=seconds,
            )
        )

    def parts(self, key: str, upload: str) -> Iterator[BucketPart]:
        """Those that have come, by number."""
        with self._translated(key):
            for page in self._client.get_paginator("list_parts").paginate(**self._where(key, upload)):
                for part in page.get("Parts", ()):
                    yield BucketPart(part["PartNumber"], part["Size"], part["ETag"].strip('"'))

    def complete(self, key: str, upload: str, parts: list[BucketPart]) -> None:
        """The object appears, whole."""
        listed = [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in parts]
        with self._translated(key):
            self._client.complete_multipart_upload(MultipartUpload={"Parts": listed}, **self._where(key, upload))

    def abort(self, key: str, upload: str) -> None:
        """The parts are gone, also if they were never there."""
        try:
            with self._translated(key):
                self._client.abort_multipart_upload(**self._where(key, upload))
        except FileNotFoundError:
            return

    def _where(self, key: str, upload: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": key, "UploadId": upload}
