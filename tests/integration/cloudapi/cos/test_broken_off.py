"""What dies between two steps costs nothing: a session ends in one media (docs/reliability.md F8, F9)."""

import os
from collections.abc import Callable

import pytest
from django.db import DatabaseError

from cloudapi.cos.sessions import Session
from media_jobs.maintenance.cleaning import collect_garbage
from media_jobs.models import Media, ObjectPart, ProcedureTask, StoredObject, Upload
from media_jobs.store.received import BodyIncomplete
from media_jobs.store.scratch import scratch
from media_jobs.store.storage import LocalDisk, storage
from media_jobs.uploads import assemble, objects
from media_jobs.uploads import services as uploads
from media_jobs.uploads.refusals import UploadClosed
from procedures.models import Procedure
from tests.integration.cloudapi.ugc.sources import source

pytestmark = pytest.mark.django_db(transaction=True)
DATA = os.urandom(5000)


class Killed(BaseException):
    """As sudden as a kill: no handler for errors sees it."""


@pytest.fixture
def upload(open_for: Callable[..., Session], procedure: Procedure) -> Upload:
    session = open_for(cover_type="png", procedure=procedure.name)
    return Upload.objects.get(pk=session.key)


def _put(upload: Upload, name: str = "media.mp4", data: bytes = DATA) -> StoredObject:
    return objects.put_object(upload=upload, name=name, source=source(data), length=len(data))


def _assert_one_media(upload: Upload) -> None:
    media = uploads.commit(upload_id=upload.pk)
    assert uploads.commit(upload_id=upload.pk) == media
    assert (Media.objects.count(), ProcedureTask.objects.count()) == (1, 1)
    with storage().open(media.storage_key) as file:
        assert file.read() == DATA
    with storage().open(media.poster_key) as file:
        assert file.read() == b"cover"
    collect_garbage()
    assert not list(scratch().iterdir())


@pytest.mark.parametrize(
    ("room", "step"),
    [
        (assemble, "_store_cover"),
        (assemble, "_link"),
        (LocalDisk, "adopt"),
        (uploads, "make_media"),
        (uploads, "forget_objects"),
    ],
)
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_a_commit_that_died_is_finished_by_the_next(
    upload: Upload, monkeypatch: pytest.MonkeyPatch, room: object, step: str, late: bool
) -> None:
    _put(upload)
    _put(upload, "cover.png", b"cover")
    real = getattr(room, step)

    def dying(*arguments: object, **named: object) -> object:
        if late:
            real(*arguments, **named)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(room, step, dying)
        with pytest.raises(Killed):
            uploads.commit(upload_id=upload.pk)
    _assert_one_media(upload)


def test_a_put_whose_row_was_not_written_leaves_no_file(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**named: object) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(objects, "_keep", away)
        with pytest.raises(DatabaseError):
            _put(upload)
    assert not list(scratch().glob("*.object"))


def test_a_body_that_breaks_off_keeps_what_was_there(upload: Upload) -> None:
    _put(upload)
    with pytest.raises(BodyIncomplete):
        objects.put_object(upload=upload, name="media.mp4", source=source(b"x"), length=2)
    assert StoredObject.objects.get().size == len(DATA)
    assert len(list(scratch().glob("*.object"))) == 1


def test_a_part_that_comes_after_the_completion_is_dropped(upload: Upload) -> None:
    multipart = objects.begin_multipart(upload=upload, name="media.mp4")
    part = objects.put_part(multipart=multipart, number=1, source=source(DATA), length=None)
    objects.complete_multipart(multipart=multipart, listed=[objects.Listed(1, part.etag)])
    with pytest.raises(objects.MultipartNotFound):
        objects.put_part(multipart=multipart, number=2, source=source(b"late"), length=4)
    assert not ObjectPart.objects.exists()
    assert len(list(scratch().glob("*.object"))) == 1


def test_a_session_cancelled_during_its_commit_makes_no_media(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    _put(upload)
    real = LocalDisk.adopt

    def adopt(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        uploads.discard(upload=upload)

    monkeypatch.setattr(LocalDisk, "adopt", adopt)
    with pytest.raises(UploadClosed):
        uploads.commit(upload_id=upload.pk)
    assert not Media.objects.exists()
