"""Whose turn it is: fairness, then priority within an application, then age; whatever goes on beside it.

And whatever a crash left behind.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from applications.models import Application
from media_jobs.jobs import leases, queue, statements
from media_jobs.jobs.leases import Lease
from media_jobs.maintenance.verify import unfinished, violations
from media_jobs.models import Job, Media, ProcedureTask, QueueHead
from media_jobs.states import JobState

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.get_current_timezone())
KINDS = list(Job.Kind)


def _media(count: int) -> list[Media]:
    """One for each of so many applications."""
    tenants = [Application.objects.create(app_id=1500000100 + n, name=f"Number {n}") for n in range(count)]
    return [
        Media.objects.create(application=tenant, file_id=str(n), name="a", media_type="mp4", size=1, storage_key=str(n))
        for n, tenant in enumerate(tenants)
    ]


def _enqueue(media: Media, *, count: int = 1, priority: int = 0, kind: Job.Kind = Job.Kind.ANIMATE) -> list[Job]:
    """A task whose jobs are all as old as each other."""
    number = ProcedureTask.objects.count()
    task = ProcedureTask.objects.create(
        application=media.application, media=media, task_id=f"{number}", priority=priority, notify_mode="None"
    )
    now = timezone.now()
    jobs = [
        Job(
            application=media.application, media=media, task=task, kind=kind, position=n, priority=priority,
            created_at=now, plan={"start": 0, "end": 1},
        )
        for n in range(count)
    ]  # fmt: skip
    with transaction.atomic():
        queue.enqueue(jobs)
    return jobs


def _claim(*kinds: Job.Kind) -> Lease:
    lease = leases.claim(worker="w", kinds=kinds or KINDS)
    assert lease
    return lease


def _claimed(*kinds: Job.Kind) -> Job:
    return Job.objects.get(pk=_claim(*kinds).job_id)


def _wrong() -> list[str]:
    """These media never had any bytes."""
    return [sentence for sentence in violations() if "bytes" not in sentence]


def _time_passes() -> None:
    Job.objects.filter(state=JobState.WAITING).update(not_before=LONG_AGO)


# --- Against a plain way to say the same -----------------------------------------------------------------------------
def _place(job: Job) -> tuple[int, datetime, int]:
    return -job.priority, job.created_at, job.position


def _best(kinds: list[Job.Kind]) -> set[object]:
    """The jobs that may go next, by looking at every one. Several only where nothing tells them apart."""
    jobs = list(Job.objects.filter(state__in=(JobState.WAITING, JobState.PROCESSING)))
    running = Counter(job.application_id for job in jobs if job.state == JobState.PROCESSING)
    now = timezone.now()
    waiting = [
        job
        for job in jobs
        if job.state == JobState.WAITING and (not job.postponed or job.not_before <= now) and job.kind in kinds
    ]
    served: dict[int, int] = {}
    for head in QueueHead.objects.filter(kind__in=kinds):
        served[head.application_id] = min(head.served, served.get(head.application_id, head.served))
    latest = max(QueueHead.objects.values_list("served", flat=True), default=0)
    heads: dict[int, Job] = {}
    for job in sorted(waiting, key=_place):
        heads.setdefault(job.application_id, job)

    def rank(head: Job) -> tuple[int, int, datetime]:
        return running[head.application_id], served.get(head.application_id, latest), head.created_at

    first = min(map(rank, heads.values()), default=None)
    chosen = {head.application_id: head for head in heads.values() if rank(head) == first}
    return {
        job.pk
        for job in waiting
        if (head := chosen.get(job.application_id)) is not None and _place(job) == _place(head)
    }


class _Life:
    """Random things that happen to queues; each claim is compared."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.media = _media(4)
        self.held: list[Lease] = []
        self.claims = 0

    def step(self) -> None:
        things = [self.submit, self.claim, self.claim, self.claim, self.end, self.cancel, self.put_back, _time_passes]
        self.random.choice(things)()

    def submit(self) -> None:
        kind = self.random.choice(KINDS)
        count, priority = self.random.randint(1, 4), self.random.choice([0, 0, 0, 1, -1])
        _enqueue(self.random.choice(self.media), count=count, priority=priority, kind=kind)

    def claim(self) -> None:
        kinds = self.random.choice([KINDS, KINDS, KINDS[:1], KINDS[1:]])
        best = _best(kinds)
        lease = leases.claim(worker="w", kinds=kinds)
        assert (lease.job_id in best) if lease else not best
        self.held += [lease] if lease else []
        self.claims += 1

    def end(self) -> None:
        if self.held:
            assert leases.succeed(self._any_held())

    def put_back(self) -> None:
        if not self.held:
            return
        lease, delay = self._any_held(), timedelta(hours=1)
        assert self.random.choice(
            [
                lambda: leases.hand_back(lease),
                lambda: leases.postpone(lease, delay=delay, message="full"),
                lambda: leases.crashed(lease, err_code="InternalError", message="died"),
            ]
        )()

    def cancel(self) -> None:
        task = ProcedureTask.objects.filter(jobs__state=JobState.WAITING).order_by("?").first()
        if task and not task.jobs.filter(state=JobState.PROCESSING).exists():
            leases.request_abort(task)

    def _any_held(self) -> Lease:
        return self.held.pop(self.random.randrange(len(self.held)))


@pytest.mark.parametrize("seed", range(6))
def test_every_claim_is_the_one_that_a_look_at_all_jobs_would_choose(seed: int) -> None:
    life = _Life(seed)
    for _ in range(70):
        life.step()
    assert life.claims > 10
    _time_passes()
    while _best(KINDS):
        life.claim()
    assert unfinished()[0] == 0
    assert leases.claim(worker="w") is None
    assert not QueueHead.objects.exists()


def test_a_worker_takes_only_the_kinds_it_is_for() -> None:
    (media,) = _media(1)
    _enqueue(media, priority=5)
    analysis = _enqueue(media, kind=Job.Kind.ANALYSE)[0]
    assert _claimed(Job.Kind.ANALYSE, Job.Kind.COVER) == analysis
    assert leases.claim(worker="w", kinds=[Job.Kind.ANALYSE, Job.Kind.COVER]) is None
    assert _claimed().kind == Job.Kind.ANIMATE


def test_an_application_that_queues_many_urgent_jobs_holds_nobody_elses_one_job_up() -> None:
    """With one slot, so that nobody ever runs more than another."""
    crowd, single = _media(2)
    _enqueue(crowd, count=20, priority=10)
    leases.succeed(_claim())
    order = []
    for _ in range(3):
        _enqueue(single)
        for _ in range(2):
            lease = _claim()
            order.append(Job.objects.get(pk=lease.job_id).application_id)
            leases.succeed(lease)
    assert order.count(single.application_id) == 3
    assert order[:2] != [crowd.application_id] * 2


def test_applications_take_turns_however_many_wait_and_whatever_kinds_they_ask_for() -> None:
    media = _media(5)
    for one in media:
        _enqueue(one, count=3, priority=one.pk % 3)
        _enqueue(one, count=3, kind=Job.Kind.COVER)
    for _ in range(6):
        turns = []
        for _ in media:
            lease = _claim()
            turns.append(Job.objects.get(pk=lease.job_id).application_id)
            leases.succeed(lease)
        assert len(set(turns)) == 5


def test_priority_counts_within_an_application_across_its_kinds() -> None:
    (media,) = _media(1)
    _enqueue(media)
    urgent = _enqueue(media, kind=Job.Kind.COVER, priority=3)
    more_urgent = _enqueue(media, priority=5)
    assert [_claimed(), _claimed()] == more_urgent + urgent


def test_a_postponed_job_lets_others_pass_and_is_first_again_when_its_time_has_come() -> None:
    (media,) = _media(1)
    first, second, third = _enqueue(media, count=3)
    leases.postpone(_claim(), delay=timedelta(hours=1), message="The disk is full.")
    assert _claimed() == second
    Job.objects.filter(pk=first.pk).update(not_before=LONG_AGO)
    assert [_claimed(), _claimed()] == [first, third]


# --- Side by side ----------------------------------------------------------------------------------------------------
@pytest.fixture
def claim_under_way() -> Iterator[Callable[[], None]]:
    """Somebody else's claim that is not yet committed, and will be half a second later."""
    begun, threads = threading.Event(), []

    def work() -> None:
        try:
            with transaction.atomic():
                assert leases.claim(worker="other")
                begun.set()
                time.sleep(0.5)
        finally:
            connection.close()

    def begin() -> None:
        threads.append(threading.Thread(target=work))
        threads[0].start()
        assert begun.wait(timeout=10)

    yield begin
    for thread in threads:
        thread.join(timeout=10)


def test_a_claim_counts_one_that_is_still_under_way(claim_under_way: Callable[[], None]) -> None:
    busy, quiet = _media(2)
    _enqueue(busy, count=2)
    waits = _enqueue(quiet)
    claim_under_way()
    assert [_claimed()] == waits


def test_a_claim_under_way_of_an_urgent_job_lets_another_application_pass(claim_under_way: Callable[[], None]) -> None:
    urgent, other = _media(2)
    _enqueue(urgent, count=2, priority=1)
    mine = _enqueue(other)
    claim_under_way()
    assert [_claimed()] == mine


def test_a_claim_under_way_gives_its_application_no_turn_before_one_that_runs_less(
    claim_under_way: Callable[[], None],
) -> None:
    first, second = _media(2)
    jobs = _enqueue(second, count=3)
    assert [_claimed(), _claimed()] == jobs[:2]
    mine = _enqueue(first, count=2)
    claim_under_way()
    assert _claimed() == mine[1]


@pytest.mark.parametrize("applications", [1, 5])
def test_many_claimers_take_each_job_once_and_forget_none(applications: int) -> None:
    media = _media(applications)
    taken: list[Lease] = []
    errors: list[BaseException] = []
    submitted = threading.Event()

    def submit() -> None:
        for n in range(20):
            _enqueue(media[n % applications], count=5, priority=n % 3, kind=KINDS[n % 3])
        for task in ProcedureTask.objects.order_by("-pk")[:5]:
            leases.request_abort(task)
        submitted.set()

    def work() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            done = submitted.is_set()
            if lease := leases.claim(worker="w"):
                taken.append(lease)
                if lease.attempt == 1 and len(taken) % 7 == 0:
                    leases.hand_back(lease)
                else:
                    leases.succeed(lease)
            elif done:
                return

    def guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=guarded, args=(call,)) for call in (submit, *[work] * 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    assert not errors
    assert unfinished() == (0, 0)
    assert len({lease.token for lease in taken}) == len(taken)
    assert Job.objects.filter(state=JobState.SUCCESS).count() >= 75
    assert not _wrong()


# --- What a crash, or somebody's hand, left behind -------------------------------------------------------------------
def test_a_claim_finds_jobs_that_no_head_stands_for() -> None:
    first, second = _media(2)
    jobs = _enqueue(first) + _enqueue(second)
    QueueHead.objects.all().delete()
    assert [_claimed(), _claimed()] == jobs


def test_the_sweep_puts_a_late_head_right_and_verify_tells_of_it() -> None:
    early, late = _media(2)
    job = _enqueue(late, priority=2)[0]
    _enqueue(early, count=2, priority=1)
    QueueHead.objects.filter(application=late.application).update(since=timezone.now() + timedelta(days=1))
    assert [sentence for sentence in _wrong() if str(job.pk) in sentence]
    assert _claimed().application == early.application
    leases.sweep()
    assert not _wrong()
    assert _claimed() == job


def test_the_sweep_goes_round_all_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_APPLICATIONS_A_ROUND", 2)
    rounds, media = queue.Rounds(), _media(5)
    for each in media:
        _enqueue(each)
    QueueHead.objects.all().delete()
    found = []
    for _ in range(3):
        rounds.mend()
        found.append(QueueHead.objects.count())
    assert found == [2, 4, 5]
    QueueHead.objects.filter(application=media[0].application).delete()
    rounds.mend()
    assert QueueHead.objects.count() == 5


def test_a_head_whose_jobs_were_cancelled_is_gone_by_the_next_claim() -> None:
    cancelled, other = _media(2)
    task = _enqueue(cancelled, count=3, priority=1)[0].task
    job = _enqueue(other)[0]
    assert task
    leases.request_abort(task)
    assert _claimed() == job
    assert not QueueHead.objects.exists()


def test_a_deleted_application_leaves_no_head() -> None:
    gone, other = _media(2)
    _enqueue(gone, priority=1)
    job = _enqueue(other)[0]
    gone.application.delete()
    assert _claimed() == job


def test_a_sweep_does_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "_SWEPT_AT_ONCE", 2)
    (media,) = _media(1)
    _enqueue(media, count=3)
    for _ in range(3):
        _claim()
    Job.objects.update(lease_until=LONG_AGO)
    leases.sweep()
    assert leases.claimable().count() == 2
    leases.sweep()
    assert leases.claimable().count() == 3


def test_an_upgrade_fills_the_heads_and_marks_what_is_postponed() -> None:
    """As 0006 finds it: no heads, and nothing that tells what waits for its time from what is ready."""
    one, two = _media(2)
    second, first = _enqueue(one), _enqueue(two, priority=1)
    postponed = _enqueue(one, priority=3)
    Job.objects.filter(priority=3).update(not_before=timezone.now() + timedelta(hours=1))
    QueueHead.objects.all().delete()
    assert not Job.objects.filter(postponed=True).exists()
    with connection.schema_editor() as editor:
        import_module("media_jobs.migrations.0006_queue_heads").fill(apps, editor)
    assert QueueHead.objects.count() == 2
    assert [_claimed(), _claimed()] == second + first
    assert leases.claim(worker="w") is None
    _time_passes()
    assert [_claimed()] == postponed


# --- What it costs ---------------------------------------------------------------------------------------------------
def test_a_claim_and_an_end_cost_the_same_few_queries_however_much_waits(settings: LazySettings) -> None:
    counts = []
    for _ in range(2):
        for media in _media_more(6):
            for _ in range(3):
                _enqueue(media, count=5)
        _claim()
        with CaptureQueriesContext(connection) as claiming:
            lease = _claim()
        with CaptureQueriesContext(connection) as ending:
            leases.succeed(lease)
        counts.append((len(claiming), len(ending)))
    assert counts[0] == counts[1]
    # SQLite's claim sets and restores how long a commit waits, PostgreSQL's names it once.
    assert counts[0] <= (11, 5)


def _media_more(count: int) -> list[Media]:
    since = Application.objects.count()
    tenants = [Application.objects.create(app_id=1500000100 + since + n, name="More") for n in range(count)]
    return [
        Media.objects.create(
            application=tenant, file_id=str(tenant.app_id), name="a", media_type="mp4", size=1,
            storage_key=str(tenant.app_id),
        )
        for tenant in tenants
    ]  # fmt: skip


@pytest.fixture
def statistics() -> Iterator[Callable[[], None]]:
    """The database is told how much is in its tables; and SQLite, which keeps that, forgets it again."""

    def gather() -> None:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    yield gather
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_stat1")
            cursor.execute("ANALYZE sqlite_schema")  # reads what is there now: nothing


def test_no_statement_of_a_claim_walks_through_the_jobs_that_wait(statistics: Callable[[], None]) -> None:
    media = _media(3)
    for each in media:
        _enqueue(each, count=1500)
    _claim()
    statistics()
    head = QueueHead.objects.all()[0]
    if connection.vendor == "postgresql":
        plans = [_plan(statements.look(len(KINDS)), [*KINDS, *KINDS, *KINDS])]
    else:
        first = _plan(statements.first_jobs(), [head.kind, head.application_id])
        plans = [_plan(statements.heads(len(KINDS)), [*KINDS, *KINDS, *KINDS]), first]
    for plan in plans:
        reads = [
            line for line in plan if "media_jobs_job" in line and ("Scan" in line or "SCAN" in line or "SEARCH" in line)
        ]
        assert reads
        assert all("jobs_ready" in line or "jobs_running" in line or "jobs_postponed" in line for line in reads)
        assert not any("SCAN" in line and "jobs_running" not in line for line in reads)


_READING = ("Scan", "SCAN", "SEARCH")


def _plan(statement: str, arguments: list[object]) -> list[str]:
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {statement}", arguments)
        return [str(row[-1]) for row in cursor.fetchall()]
