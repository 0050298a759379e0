"""One piece of work that the machine really does: a file is pulled, looked at and becomes ten pictures in a batch."""

import threading
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from animator.make.sample import render_sample
from applications.models import Application
from media_jobs.batches import walk
from media_jobs.batches.selection import Selection
from media_jobs.batches.services import create_batch
from media_jobs.events.dispatcher import endpoints_with_work
from media_jobs.events.handing_out import take
from media_jobs.events.webhook import deliver
from media_jobs.jobs import leases
from media_jobs.jobs.run import run
from media_jobs.models import EventConfig, Media
from media_jobs.pulls.download import fetch
from media_jobs.pulls.services import pull_upload
from media_jobs.pulls.shares import shares
from media_jobs.uploads.services import Wanted
from procedures.plan import Plan
from tests.receivers import Receiver, answer, receiver

_NEVER = threading.Event()


def work(application: Application, plan: Plan, *, folder: Path, live: timedelta) -> Media:
    """The media, which expires after `live`, when all is done and told. Wants loopback in ZOETROPE_OUTBOUND_ALLOW."""
    clip = folder / "clip.mp4"
    if not clip.exists():
        render_sample(clip, seconds=1, width=64, height=36)
    with receiver(answer(200, 'ETag: "v1"', body=clip.read_bytes())) as source, receiver() as hook:
        _tell(application, hook)
        wanted = Wanted(name="", expires_at=timezone.now() + live)
        pull = pull_upload(application=application, url=f"http://127.0.0.1:{source.port}/clip.mp4", wanted=wanted)
        with shares.claim() as lease:
            assert lease and lease.pull == pull
            fetch(lease, stopping=_NEVER)
        pull.upload.refresh_from_db()
        media = pull.upload.media
        assert media is not None
        create_batch(application=application, selection=Selection(file_ids=(media.file_id,)), plan=plan)
        while claimed := leases.claim(worker="year"):
            run(claimed, stopping=_NEVER)
        walk.go_on()
        for config in endpoints_with_work():
            for event in take(application=application, limit=100, hold=timedelta(minutes=1)):
                deliver(event, config)
        EventConfig.objects.filter(application=application).update(notification_url="")
    media.refresh_from_db()
    return media


def _tell(application: Application, hook: Receiver) -> None:
    where = {"notification_url": f"http://127.0.0.1:{hook.port}/hook"}
    EventConfig.objects.update_or_create(application=application, defaults=where)
