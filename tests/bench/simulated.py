"""What year.py lives through: rows as a day's work leaves them, on a moved clock, and the night's maintenance."""

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import time_machine
from axes.models import AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from applications.models import User
from applications.services.applications import create_application
from applications.services.keys import issue_access_token, issue_api_key
from config.broker.message_file import MessageFile
from console.address import addresses_of
from media_jobs import holdings
from media_jobs.events import handing_out
from media_jobs.jobs import leases, statements
from media_jobs.library.classes import create_class
from media_jobs.maintenance import cleaning, retention
from media_jobs.maintenance.top_up import top_up
from media_jobs.models import Batch, Event, Media, PullTask, Upload
from media_jobs.uploads.services import Wanted, begin_elsewhere
from procedures.models import Procedure
from procedures.plan import StepInput
from procedures.selectors import plan_of
from procedures.services import create_procedure
from procedures.snapshots import SnapshotInput
from templates_app.services import create_template
from tests.bench.copies import Keys, Original, expire
from tests.bench.lived import work
from tests.bench.year import JOBS_A_TASK, REFERENCE
from tests.integration.everything import everything
from tests.integration.lists import lists
from tests.integration.rest.conftest import Api

_LINES = 20  # of an export: as many as the first day has
MESSAGES_A_DAY = 500  # the broker has a year of its own (tests/bench/broker.py)
EXPIRED_ONE_BY_ONE = 2  # a day, as the machine does it; the others in one go, which leaves the same
MEDIA_LIVE = timedelta(days=30)
_WANTED = Wanted(name="direct.mp4", length=5)


class Simulation:
    """One application of one owner; `day` 1 begins now, and each call of `live_through` is a day later."""

    def __init__(self, *, seed: int) -> None:
        self._chance = random.Random(seed)
        self._start = datetime.now(UTC)
        self._broker = MessageFile(Path(urlsplit(settings.BROKER_URL).path))
        self._clock: time_machine.travel | None = None
        self.owner = User.objects.create_user("owner", password="a password of the year")
        self.application = create_application(name="Studio", owner=self.owner, app_id=1500000001, is_primary=True)
        self.second = create_application(name="Second", owner=self.owner, app_id=1500000002)
        self.key = issue_api_key(user=self.owner, application=self.application)[0]
        self.token = issue_access_token(user=self.owner, application=self.application)[1]
        fields = {"name": "GIF", "format": "gif", "width": 128, "fps": 5}
        self.template = create_template(application=self.application, fields=fields)  # type: ignore[arg-type]
        self.flow = self._flow("flow", last=0.08)
        self.shelf = create_class(application=self.application, name="shelf")
        failing = self._flow("failing", last=60.0)  # its last picture lies behind the end
        self._originals = [Original(self._worked(flow), chance=self._chance) for flow in (self.flow, failing)]
        self._keys = Keys()

    def live_through(self, day: int, *, jobs: int) -> None:
        self._move_clock(to=timedelta(days=day))
        media = max(1, jobs // JOBS_A_TASK)
        moments = sorted(self._now() - timedelta(seconds=self._chance.randrange(60, 86_000)) for _ in range(media))
        for place, original in enumerate(self._originals):
            original.copy(moments[place :: len(self._originals)], keys=self._keys)
        for message in range(min(jobs, MESSAGES_A_DAY)):
            self._broker.put("pictures", str(message))
        while self._broker.take("pictures"):
            pass
        AccessLog.objects.create(username="owner", user_agent="browser", ip_address="192.0.2.1", path_info="/login")
        Session.objects.create(session_key=uuid.uuid4().hex, session_data="", expire_date=self._now() + timedelta(14))
        leases.sweep()
        cleaning.finish_uploads()
        expire(list(Media.objects.expired().order_by("-pk").values_list("pk", flat=True)[EXPIRED_ONE_BY_ONE:]))
        cleaning.end_what_expired()
        retention.prune()
        holdings.fold()

    def questions(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Every page, list and look of the application, and what processes ask by themselves."""
        browser = self._browser()
        yield from everything(self._things(), browser=browser, api=Api(self.token), key=self.key)
        yield f"export, {_LINES} lines", lambda: self._exported(browser)
        yield "sweep", leases.sweep
        yield "claim", lambda: leases.claim(worker="year")
        yield "finishing uploads", cleaning.finish_uploads
        yield "expiry", cleaning.end_what_expired
        yield "top-up", lambda: top_up(issuing=False)

    def lists(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Every list of the application, filtered, in other orders, at its end; and a parsed manifest beside them."""
        things, browser = self._things(), self._browser()
        yield from lists(things, browser=browser, api=Api(self.token), key=self.key)
        every = everything(things, browser=browser, api=Api(self.token), key=self.key)
        yield from ((name, ask) for name, ask in every if name == REFERENCE)

    def _browser(self) -> Client:
        browser = Client()
        browser.force_login(self.owner)
        return browser

    def _things(self) -> SimpleNamespace:
        """One of each kind, as what asks wants them."""
        media = Media.objects.present().latest("pk")
        return SimpleNamespace(
            application=self.application,
            template=self.template,
            flow=self.flow,
            shelf=self.shelf,
            media=media,
            task=media.tasks.latest("pk"),
            event=Event.objects.latest("pk"),
            upload=Upload.objects.latest("created_at"),
            direct=begin_elsewhere(application=self.application, wanted=_WANTED, door="direct"),
            pull=PullTask.objects.latest("pk"),
            batch=Batch.objects.latest("created_at"),
            second=self.second,
        )

    def _exported(self, browser: Client) -> None:
        """The whole of an export grows with what it tells of, so its beginning and its pace are what counts."""
        with addresses_of(self.application.app_id):
            answer = browser.get(reverse("console:media-export"))
        assert len(list(islice(answer, _LINES))) == _LINES
        answer.close()

    def _flow(self, name: str, *, last: float) -> Procedure:
        """Nine pictures and a sprite; the last picture begins at `last` seconds."""
        steps = [StepInput(definition=self.template.definition, start=n / 100, end=n / 100 + 0.4) for n in range(8)]
        steps.append(StepInput(definition=self.template.definition, start=last, end=last + 0.4))
        sprite = [SnapshotInput("sprite", 10)]
        return create_procedure(application=self.application, name=name, steps=steps, snapshots=sprite)

    def _worked(self, flow: Procedure) -> Media:
        folder = Path(settings.ZOETROPE_DATA_DIR)
        return work(self.application, plan_of(flow), folder=folder, live=MEDIA_LIVE)

    def _now(self) -> datetime:
        return datetime.now(UTC)

    def _move_clock(self, *, to: timedelta) -> None:
        """Python's, and what the database is asked for as its own."""
        if self._clock:
            self._clock.stop()
        self._clock = time_machine.travel(self._start + to, tick=True)
        self._clock.start()
        ahead = f"'+{int(to.total_seconds())} seconds'"
        now = f"STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW', {ahead})"
        Now.as_sqlite = lambda self, compiler, connection, **more: self.as_sql(  # type: ignore[method-assign]
            compiler, connection, template=now, **more
        )
        statements.now = handing_out.now = lambda: now.replace("%%%%", "%%")
