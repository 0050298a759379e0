"""What lies in a backup's folder beside the database: what it is, and which stored files belong to it."""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.utils.crypto import salted_hmac

from config.durable import write_durably
from media_jobs.maintenance.stored_files import Named

ABOUT, FILES, SECRET_KEY = "backup.json", "files.jsonl.gz", "secret.key"


class NoBackup(Exception):
    """The folder isn't one, or not one for this installation."""


@dataclass(frozen=True, slots=True)
class About:
    """`key` tells one secret key from another and not what it is; `waiting` files were not in the store yet.

    `migrations` are those of the database, so that an older release doesn't take what it can't read.
    """

    made_at: str
    database: str
    key: str
    files: int
    waiting: int
    migrations: list[str]

    def write(self, folder: Path) -> None:
        """The last thing to be written: a folder without it is no backup."""
        write_durably(folder / ABOUT, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "About":
        """Raises NoBackup."""
        try:
            return cls(**json.loads((folder / ABOUT).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise NoBackup(f"{folder} is no backup, or one that didn't come to its end: {error}") from None


def key_mark() -> str:
    return salted_hmac("config.backup", "which key").hexdigest()[:16]


def write_files(named: Iterable[Named], folder: Path) -> int:
    """Their number."""
    with gzip.open(folder / FILES, "wt", encoding="ascii") as lines:
        return sum(
            bool(lines.write(json.dumps([one.key, one.size, one.digest, one.algorithm]) + "\n")) for one in named
        )


def files_of(folder: Path) -> Iterator[Named]:
    with gzip.open(folder / FILES, "rt", encoding="ascii") as lines:
        for line in lines:
            key, size, digest, algorithm = json.loads(line)
            yield Named(key, size, digest, algorithm)
