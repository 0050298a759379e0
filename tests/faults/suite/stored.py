"""The stored files of an instance, past it: in its folder or in its bucket."""

from pathlib import Path
from typing import Any


class Stored:
    """`bucket` is boto3's, or None where the store is `folder`/storage."""

    def __init__(self, folder: Path, bucket: Any = None) -> None:
        self._folder, self._bucket = folder, bucket

    def keys(self) -> set[str]:
        """Without what a look at the store's health leaves for a moment."""
        root = self._folder / "storage"
        found = (
            (one.key for one in self._bucket.objects.all())
            if self._bucket
            else (str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
        )
        return {key for key in found if ".probe" not in key}

    def flip_a_bit(self, key: str, *, place: float) -> None:
        """`place`: how far into the file, from 0 to below 1. No host has a whole copy any more."""
        if self._bucket:
            stored = self._bucket.Object(key)
            stored.put(Body=_flipped(stored.get()["Body"].read(), place))
        else:
            path = self._folder / "storage" / key
            path.write_bytes(_flipped(path.read_bytes(), place))
        for copy in self._folder.rglob("copies/*.copy"):
            copy.unlink(missing_ok=True)


def _flipped(data: bytes, place: float) -> bytes:
    changed = bytearray(data)
    changed[int(place * len(data))] ^= 1
    return bytes(changed)
