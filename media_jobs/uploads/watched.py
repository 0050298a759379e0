"""A folder whose files are taken in, each once, and put into done/ or failed/ with a sentence beside it.

A file that has stopped growing is moved into `.taking/<id>/`, where <id> is that of its upload: one rename, and from
then on its place says which upload it is. Whoever comes after a death at any moment asks the database how far that one
is, and goes on there; a commit that is repeated ends at the same media.
"""

import errno
import fcntl
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from applications.errors import LimitReached, NoSpace, Refused
from applications.models import Application
from media_jobs.faultpoint import faultpoint
from media_jobs.jobs.selectors import first_task_of, jobs_of
from media_jobs.models import Media, ProcedureTask, Upload
from media_jobs.states import JobState, TaskStatus, UploadState
from media_jobs.uploads import services as uploads
from media_jobs.uploads.part import part_path
from media_jobs.uploads.refusals import UploadClosed
from media_jobs.uploads.services import Wanted

DOOR = "watch"
MOST_AT_ONCE = 100  # that are taken in or made at a time; others wait where they lie
_TAKING, _DONE, _FAILED = ".taking", "done", "failed"
_LONGEST, _LONGEST_SUFFIX = 240, 20  # bytes of a name, with room for a number and .txt; of what counts as its suffix
# What browsers, mail and transfer programs call a file that isn't whole yet: they rename it once it is.
_UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp", ".temp", "~")


class AlreadyWatched(Exception):
    """Another process watches this folder."""


@dataclass(slots=True)
class Watched:
    """One folder, and what is made of its files. `settle`: seconds for which a file must not have changed."""

    folder: Path
    application: Application
    procedure: str
    settle: float
    _seen: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    _waits: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Makes the folders, and holds them. Raises AlreadyWatched, OSError."""
        for name in (_TAKING, _DONE, _FAILED):
            (self.folder / name).mkdir(exist_ok=True)
        with (self.folder / _TAKING / "lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyWatched(f"Another process watches {self.folder}.") from None
            yield

    def look(self) -> Iterator[str]:
        """One look at everything, within `alone`: takes what has settled, goes on with what is taken, puts away what
        has ended. Yields a sentence for each that ends or has to wait. Raises OSError when the folder is away."""
        self.application.refresh_from_db()  # its quotas may have changed: watching is long
        for path in self._settled():
            yield from self._take(path)
            faultpoint("watch-taken")
        for entry in self._entries():
            yield from self._go_on(entry)

    @property
    def is_idle(self) -> bool:
        """Nothing lies in the folder, and nothing is under way."""
        return not self._seen and not self._entries()

    def _settled(self) -> list[Path]:
        """Plain files of the folder itself that were the same for long enough, the oldest first."""
        now, seen = time.monotonic(), {}
        ripe: list[tuple[int, Path]] = []
        with os.scandir(self.folder) as found:
            for one in found:
                facts = None if _is_unfinished(one.name) else _facts(one)
                if facts is None:
                    continue
                size, changed = facts.st_size, facts.st_mtime_ns
                before = self._seen.get(one.name)
                since = before[2] if before and before[:2] == (size, changed) else now
                seen[one.name] = (size, changed, since)
                if now - since >= self.settle:
                    ripe.append((changed, self.folder / one.name))
        self._seen = seen
        room = max(0, MOST_AT_ONCE - len(self._entries()))
        return [path for _, path in sorted(ripe)[:room]]

    def _take(self, path: Path) -> Iterator[str]:
        entry = self.folder / _TAKING / uuid.uuid4().hex
        entry.mkdir()
        try:
            path.rename(entry / path.name)
        except FileNotFoundError:
            return  # somebody took it away: the empty entry goes at the next look
        except OSError as trouble:  # as in a folder whose files only their owners may move
            yield from self._told_once(path.name, path.name, trouble)
        else:
            self._waits.pop(path.name, None)

    def _told_once(self, key: str, name: str, trouble: Exception) -> Iterator[str]:
        why = str(getattr(trouble, "strerror", None) or trouble)
        if self._waits.get(key) != why:
            self._waits[key] = why
            yield f"{_line(name)} waits: {why}"

    def _entries(self) -> list[Path]:
        return sorted(path for path in (self.folder / _TAKING).iterdir() if path.is_dir())

    def _go_on(self, entry: Path) -> Iterator[str]:
        file = next(entry.iterdir(), None)
        if file is None:
            entry.rmdir()
            return
        try:
            yield from self._moved_on(entry, file)
        except (LimitReached, NoSpace, OSError) as trouble:
            yield from self._told_once(entry.name, file.name, trouble)

    def _moved_on(self, entry: Path, file: Path) -> Iterator[str]:
        """Raises LimitReached, NoSpace, OSError, of which each may be only for now."""
        upload_id = uuid.UUID(entry.name)
        try:
            media = self._taken_in(upload_id, file)
        except UploadClosed:  # it had expired, its bytes were lost or are others now: anew, under another id
            entry.rename(entry.with_name(uuid.uuid4().hex))
        except (LimitReached, NoSpace):
            raise
        except Refused as refusal:
            for upload in Upload.objects.filter(pk=upload_id):
                uploads.discard(upload=upload)
            yield self._put_away(entry, file, _FAILED, str(refusal))
        else:
            if ended := _outcome(media):
                yield self._put_away(entry, file, *ended)

    def _taken_in(self, upload_id: uuid.UUID, file: Path) -> Media:
        """From wherever its upload has come to. Raises UploadClosed when that can't go on, Refused, OSError."""
        upload = Upload.objects.filter(pk=upload_id).first()
        if upload is not None and upload.state != UploadState.OPEN:
            return uploads.commit(upload_id=upload_id)
        if upload is None and part_path(upload_id).exists():
            raise UploadClosed("Its bytes are there, but nobody knows of them.")
        with file.open("rb") as source:
            before = _state(source)
            if upload is None:
                wanted = Wanted(name=_text(file.name), length=before[0], procedure=self.procedure)
                upload = uploads.begin(application=self.application, wanted=wanted, door=DOOR, upload_id=upload_id)
                faultpoint("watch-begun")
            if upload.length == before[0]:
                source.seek(upload.offset)
                uploads.append(upload_id=upload_id, offset=upload.offset, source=source)
            if upload.length != before[0] or _state(source) != before:
                uploads.discard(upload=upload)
                raise UploadClosed("The file was written on meanwhile.")
        faultpoint("watch-sent")
        return uploads.commit(upload_id=upload_id)

    def _put_away(self, entry: Path, file: Path, where: str, sentence: str) -> str:
        """The sentence first: should we die between the two, the next look writes it again."""
        target = _free(self.folder / where, file.name)
        note = target.with_name(f"{target.name}.txt")
        note.write_text(f"{sentence}\n", encoding="utf-8")
        faultpoint("watch-told")
        _move(file, target)
        entry.rmdir()
        self._waits.pop(entry.name, None)
        return f"{where}: {_line(file.name)}: {sentence}"


def _state(file: BinaryIO) -> tuple[int, int]:
    """Bytes, and when they were changed last. Who wrote into the file where it lay may do so still."""
    facts = os.fstat(file.fileno())
    return facts.st_size, facts.st_mtime_ns


def _facts(one: "os.DirEntry[str]") -> os.stat_result | None:
    """None for anything but a plain file."""
    try:
        facts = one.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return facts if stat.S_ISREG(facts.st_mode) else None


def _outcome(media: Media) -> tuple[str, str] | None:
    """Where the file goes and why; None while its task is under way."""
    told = f"Media {media.file_id}."
    if media.problem:
        return _FAILED, f"{told} {media.problem}"
    task = first_task_of(media)
    if task is None:
        return _DONE, told
    if task.status not in (TaskStatus.FINISH, TaskStatus.ABORTED):
        return None
    return _told(task, told)


def _told(task: ProcedureTask, told: str) -> tuple[str, str]:
    jobs = list(jobs_of(task))
    wrong = [f"{job.plan.get('label', job.definition)}: {job.message}" for job in jobs if job.state != JobState.SUCCESS]
    made = f"{told} {len(jobs) - len(wrong)} of {len(jobs)} made, task {task.task_id}."
    return (_FAILED, " ".join([made, *wrong])) if wrong else (_DONE, made)


def _move(file: Path, target: Path) -> None:
    """Also to another disk, where it is seen under its name once it is whole."""
    try:
        file.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        half = target.with_name(f".{uuid.uuid4().hex}")
        try:
            shutil.copy2(file, half)
            half.rename(target)
        finally:
            half.unlink(missing_ok=True)
        file.unlink()


def _is_unfinished(name: str) -> bool:
    """By its name: hidden, or what a program writes until it is whole."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def _free(folder: Path, name: str) -> Path:
    """The first of NAME, NAME-2 and so on that isn't there; cut so that a suffix has room."""
    stem, suffix = os.path.splitext(os.fsencode(name))
    if len(suffix) > _LONGEST_SUFFIX:
        stem, suffix = stem + suffix, b""
    stem, number = stem[: _LONGEST - len(suffix)], 2
    free = folder / os.fsdecode(stem + suffix)
    while free.exists():
        free = folder / os.fsdecode(b"%b-%d%b" % (stem, number, suffix))
        number += 1
    return free


def _line(name: str) -> str:
    """As a text without ends of lines, which a log would take for another entry."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in _text(name))


def _text(name: str) -> str:
    """A name whose bytes are no text, as one."""
    return os.fsencode(name).decode(errors="replace")
