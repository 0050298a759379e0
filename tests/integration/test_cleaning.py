"""What crashes leave behind goes; what somebody may still need stays."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from media_jobs.cleaning import collect_garbage
from media_jobs.models import AnimatedImage, Media
from media_jobs.orphans import orphans
from media_jobs.scratch import scratch
from media_jobs.storage import LocalDisk, storage
from media_jobs.verification import violations
from procedures.models import Procedure

pytestmark = pytest.mark.django_db(transaction=True)


def _age(folder: Path) -> None:
    long_ago = time.time() - 10 * 24 * 3600
    for path in folder.rglob("*"):
        os.utime(path, (long_ago, long_ago))


def _root() -> Path:
    store = storage()
    assert isinstance(store, LocalDisk)
    return store.root


def test_old_files_that_no_row_names_go_and_all_others_stay(
    upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]
) -> None:
    media = upload_clip(procedure=procedure.name)
    run_jobs()
    for name, folder in (("lost/v.gif", _root()), ("dead.part", scratch())):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"left by a crash")
    _age(_root())
    _age(scratch())
    (_root() / "young.gif").write_bytes(b"its row is about to be written")
    collect_garbage()
    kept = {path.relative_to(_root()).as_posix() for path in _root().rglob("*") if path.is_file()}
    media.refresh_from_db()
    images = set(AnimatedImage.objects.values_list("storage_key", flat=True))
    assert kept == {"young.gif", media.storage_key, media.poster_key, *images}
    assert len(images) == 2
    assert not list(scratch().iterdir())
    assert not list(violations())


def test_nothing_young_is_an_orphan(uploaded: Media) -> None:
    (_root() / "young.gif").write_bytes(b"x")
    assert list(orphans(older_than=timedelta(hours=1))) == []
