"""A watched folder takes each file in once, whatever dies meanwhile, and says what became of it."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from applications.models import Application
from applications.quotas import set_quota
from media_jobs.models import AnimatedImage, Media, Upload
from media_jobs.store.storage import storage
from media_jobs.uploads import services, watched
from media_jobs.uploads.watched import MOST_AT_ONCE, AlreadyWatched, Watched
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def _watch(folder: Path, application: Application, *, settle: float = 0.0) -> Watched:
    return Watched(folder, application, "loops", settle)


def _looks(one: Watched, number: int = 2) -> list[str]:
    with one.alone():
        return [sentence for _ in range(number) for sentence in one.look()]


def _names(folder: Path, place: str) -> list[str]:
    return sorted(path.name for path in (folder / place).iterdir())


def test_a_file_is_taken_in_made_and_put_away_with_a_sentence(
    folder: Path, application: Application, procedure: Procedure, clip: Path, run_jobs: Callable[[], int]
) -> None:
    (folder / "a.mp4").write_bytes(clip.read_bytes())
    (folder / "notes.txt").write_text("no video")
    (folder / ".hidden.mp4").write_bytes(clip.read_bytes())
    (folder / "link.mp4").symlink_to(clip)
    (folder / "sub").mkdir()
    (folder / "sub" / "b.mp4").write_bytes(clip.read_bytes())
    one = _watch(folder, application)
    assert [sentence.partition(":")[0] for sentence in _looks(one)] == ["failed"]
    assert (folder / "failed" / "notes.txt.txt").read_text()
    assert not one.is_idle
    run_jobs()
    [sentence] = _looks(one)
    assert sentence.startswith("done: a.mp4: Media ")
    assert "2 of 2 made" in (folder / "done" / "a.mp4.txt").read_text()
    assert (folder / "done" / "a.mp4").read_bytes() == clip.read_bytes()
    assert (Media.objects.count(), AnimatedImage.objects.count()) == (1, 2)
    assert sorted(path.name for path in folder.iterdir()) == [
        *(".hidden.mp4", ".taking", "done", "failed", "link.mp4", "sub")
    ]
    (folder / "a.mp4").write_bytes(clip.read_bytes())
    _looks(one)
    run_jobs()
    _looks(one)
    assert _names(folder, "done") == ["a-2.mp4", "a-2.mp4.txt", "a.mp4", "a.mp4.txt"]


def test_what_still_grows_is_left_until_it_has_settled(
    folder: Path, application: Application, procedure: Procedure, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(watched.time, "monotonic", lambda: now[0])
    one = _watch(folder, application, settle=3)
    data = clip.read_bytes()
    for part in (1, 2):
        (folder / "a.mp4").write_bytes(data[: part * len(data) // 2])
        _looks(one, 1)
        now[0] += 2.9
        _looks(one, 1)
        assert not Upload.objects.exists()
    now[0] += 0.2
    _looks(one, 1)
    assert Media.objects.get().size == len(data)


class Died(BaseException):
    """As if by SIGKILL: nothing of the process goes on."""


@pytest.mark.parametrize(
    "place", ["watch-taken", "watch-begun", "half", "watch-sent", "stored", "committed", "watch-told"]
)
def test_a_death_at_any_moment_takes_none_twice(
    place: str,
    folder: Path,
    application: Application,
    procedure: Procedure,
    clip: Path,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def dies(name: str) -> None:
        if name == place:
            raise Died

    (folder / "a.mp4").write_bytes(clip.read_bytes())
    with monkeypatch.context() as deadly, pytest.raises(Died):
        deadly.setattr(watched, "faultpoint", dies)
        deadly.setattr(services, "faultpoint", dies)
        if place == "half":
            deadly.setattr(services, "CHUNK", 4096)
            deadly.setattr(services, "CHECKPOINT", 8192)
            checks = iter([lambda: None, lambda: dies("half")])
            deadly.setattr(services, "reserve", lambda _: next(checks)())
        _looks(_watch(folder, application))
        run_jobs()
        _looks(_watch(folder, application))
    later = _watch(folder, application)
    _looks(later)
    run_jobs()
    _looks(later)
    assert later.is_idle
    assert _names(folder, "done") == ["a.mp4", "a.mp4.txt"]
    assert _names(folder, "failed") == []
    media = Media.objects.get()
    assert (media.size, media.tasks.count()) == (clip.stat().st_size, 1)


def test_an_upload_that_expired_meanwhile_begins_anew(
    folder: Path, application: Application, procedure: Procedure, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(**_: object) -> None:
        raise Died

    (folder / "a.mp4").write_bytes(clip.read_bytes())
    with monkeypatch.context() as deadly, pytest.raises(Died):
        deadly.setattr(services, "append", dies)
        _looks(_watch(folder, application))
    services.discard(upload=Upload.objects.get())
    _looks(_watch(folder, application))
    assert Media.objects.count() == 1


def test_what_is_only_for_now_waits_and_is_told_once(
    folder: Path, application: Application, procedure: Procedure, clip: Path, run_jobs: Callable[[], int]
) -> None:
    set_quota(application=application, limits={"max_bytes": 10})
    (folder / "a.mp4").write_bytes(clip.read_bytes())
    one = _watch(folder, application)
    [sentence] = _looks(one, 4)
    assert sentence.startswith("a.mp4 waits: This application's quota")
    set_quota(application=application, limits={"max_bytes": None})
    _looks(one)
    run_jobs()
    _looks(one)
    assert _names(folder, "done") == ["a.mp4", "a.mp4.txt"]


def test_a_picture_that_can_not_be_made_is_a_failure_with_its_reason(
    folder: Path, application: Application, procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    name = os.fsdecode(b"x" * 240 + b"\xff.mp4")
    (folder / name).write_bytes(b"no video at all")
    one = _watch(folder, application)
    _looks(one)
    run_jobs()
    _looks(one)
    [_, note] = _names(folder, "failed")
    assert "The file isn't a video that can be read" in (folder / "failed" / note).read_text()


def test_a_folder_has_one_watcher_and_takes_so_many_at_once(
    folder: Path, application: Application, procedure: Procedure, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = _watch(folder, application), _watch(folder, application)
    with one.alone(), pytest.raises(AlreadyWatched), other.alone():
        pass
    assert MOST_AT_ONCE == 100
    monkeypatch.setattr(watched, "MOST_AT_ONCE", 2)
    for number in range(3):
        (folder / f"{number}.mp4").write_bytes(b"x")
    _looks(one)
    assert Media.objects.count() == 2


@pytest.mark.parametrize(
    "name", ["two\nlines.mp4", "고양이 🎬 'x' \"y\".mp4", "n" * 200 + ".mp4", " .. .mp4", "-rf.mp4"]
)
def test_names_that_nobody_expects_are_taken_as_they_are(
    name: str, folder: Path, application: Application, procedure: Procedure, clip: Path, run_jobs: Callable[[], int]
) -> None:
    (folder / name).write_bytes(clip.read_bytes())
    one = _watch(folder, application)
    _looks(one)
    run_jobs()
    [sentence] = _looks(one)
    assert "\n" not in sentence
    assert _names(folder, "done") == sorted([name, f"{name}.txt"])
    assert Media.objects.get().name


def test_the_same_bytes_twice_are_two_media_and_made_once(
    folder: Path, application: Application, procedure: Procedure, clip: Path, run_jobs: Callable[[], int]
) -> None:
    for name in ("a.mp4", "b.mp4"):
        (folder / name).write_bytes(clip.read_bytes())
    one = _watch(folder, application)
    _looks(one)
    run_jobs()
    _looks(one)
    assert _names(folder, "done") == ["a.mp4", "a.mp4.txt", "b.mp4", "b.mp4.txt"]
    assert Media.objects.count() == 2
    assert sorted(AnimatedImage.objects.values_list("made_before", flat=True)) == [False, False, True, True]


@pytest.mark.parametrize("dies_between", [False, True])
def test_a_file_that_is_written_on_while_it_is_read_is_read_anew_once_it_is_whole(
    dies_between: bool,
    folder: Path,
    application: Application,
    procedure: Procedure,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever stalls for longer than it takes to settle keeps his handle: the file is written on where it was put."""
    data = clip.read_bytes()
    writer = (folder / "a.mp4").open("wb", buffering=0)
    writer.write(data[:9000])
    one = _watch(folder, application)
    append = services.append

    def slowly(**given: Any) -> Any:
        if writer.closed:
            return append(**given)
        if dies_between:
            writer.write(data[9000:])
            writer.close()
            raise Died
        told = append(**given)
        writer.write(data[9000:])
        writer.close()
        return told

    monkeypatch.setattr(services, "append", slowly)
    if dies_between:
        with pytest.raises(Died):
            _looks(one)
    _looks(one, 3)
    media = Media.objects.get()
    assert media.size == len(data)
    with storage().open(media.storage_key) as file:
        assert file.read() == data


@pytest.mark.parametrize(
    "name", ["a.mp4.part", "a.mp4.crdownload", "a.mp4~", "A.MP4.PARTIAL", "a.tmp", ".a.mp4.x7Yz1", "a.mp4.filepart"]
)
def test_what_a_program_is_still_fetching_is_left_however_long_it_stalls(
    name: str, folder: Path, application: Application, procedure: Procedure
) -> None:
    (folder / name).write_bytes(b"half")
    one = _watch(folder, application)
    assert _looks(one) == []
    assert (folder / name).exists()
    assert one.is_idle
    (folder / name).rename(folder / "a.mp4")
    _looks(one)
    assert Media.objects.get().name == "a"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system."""
    with TemporaryDirectory(dir="/dev/shm") as made:
        if Path(made).stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("there is one file system only")
        yield Path(made)


def test_done_may_be_on_another_disk(
    elsewhere: Path,
    folder: Path,
    application: Application,
    procedure: Procedure,
    clip: Path,
    run_jobs: Callable[[], int],
) -> None:
    (folder / "done").symlink_to(elsewhere)
    (folder / "a.mp4").write_bytes(clip.read_bytes())
    one = _watch(folder, application)
    _looks(one)
    run_jobs()
    [sentence] = _looks(one)
    assert sentence.startswith("done: a.mp4: ")
    assert _names(elsewhere, ".") == ["a.mp4", "a.mp4.txt"]
    assert (elsewhere / "a.mp4").read_bytes() == clip.read_bytes()
    assert one.is_idle


def test_a_file_that_can_not_be_put_away_waits_until_it_can(
    folder: Path, application: Application, procedure: Procedure
) -> None:
    (folder / "b.txt").write_text("no video")
    one = _watch(folder, application)
    with one.alone():
        (folder / "failed").rmdir()
        told = [sentence for _ in range(3) for sentence in one.look()]
    assert told == ["b.txt waits: No such file or directory"]
    assert [sentence.partition(":")[0] for sentence in _looks(one, 1)] == ["failed"]


def test_a_file_that_only_its_owner_may_move_is_told_once_and_stops_no_other(
    folder: Path,
    application: Application,
    procedure: Procedure,
    clip: Path,
    run_jobs: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rename = Path.rename

    def sticky(path: Path, target: Path) -> Path:
        if path == folder / "foreign.mp4":
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", sticky)
    for name in ("foreign.mp4", "own.mp4"):
        (folder / name).write_bytes(clip.read_bytes())
    one = _watch(folder, application)
    assert _looks(one, 3) == ["foreign.mp4 waits: Operation not permitted"]
    run_jobs()
    _looks(one)
    assert _names(folder, "done") == ["own.mp4", "own.mp4.txt"]
    assert (folder / "foreign.mp4").exists()


@pytest.mark.parametrize("name", ["n" * 251 + ".mp4", "n." + "s" * 253, "고" * 83 + ".mp4"])
def test_names_as_long_as_a_disk_takes_are_put_away_beside_others_of_that_name(
    name: str, folder: Path, application: Application, procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    one = _watch(folder, application)
    for _ in range(2):
        (folder / name).write_bytes(b"no video at all")
        _looks(one)
        run_jobs()
        _looks(one)
    assert len(_names(folder, "failed")) == 4
    assert one.is_idle


def test_a_file_that_is_taken_away_just_then_is_nobodys_trouble(
    folder: Path, application: Application, procedure: Procedure, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def vanished(path: Path, target: Path) -> Path:
        path.unlink()
        return rename(path, target)

    (folder / "a.mp4").write_bytes(b"x")
    one = _watch(folder, application)
    with monkeypatch.context() as late:
        late.setattr(Path, "rename", vanished)
        assert _looks(one) == []
    assert one.is_idle
    assert not Upload.objects.exists()


def test_a_folder_that_nobody_may_write_to_is_refused_with_what_to_do(
    application: Application, procedure: Procedure
) -> None:
    with pytest.raises(CommandError, match="let the account that runs this write there"):
        call_command("watch", "/sys/kernel", procedure="loops", application=str(application.app_id), once=True)
