"""The reliable queue against a model of it, over any order of arriving, pulling, confirming and time passing."""

from django.db.models.functions import Now
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from applications.models import Application, User
from applications.services.applications import create_application
from media_jobs.events.services import (
    HandleExpired,
    confirm_events,
    handle_of,
    modify_event_config,
    open_events,
    pull_events,
    resume_deliveries,
)
from media_jobs.models import Event


class Queue(RuleBasedStateMachine):
    """The model: subjects that wait, handles that are out, handles of old, subjects confirmed."""

    def __init__(self) -> None:
        super().__init__()
        owner = User.objects.create_user(f"owner{User.objects.count()}")
        self.application: Application = create_application(name="Model", owner=owner)
        modify_event_config(application=self.application, fields={"mode": "PULL"})
        self.waiting: list[str] = []
        self.out: dict[str, str] = {}
        self.stale: list[str] = []
        self.confirmed: set[str] = set()

    @rule(count=st.integers(1, 20))
    def arrive(self, count: int) -> None:
        for _ in range(count):
            subject = f"t{len(self.waiting) + len(self.out) + len(self.confirmed)}"
            Event.objects.create(
                application=self.application, type="FileDeleted", subject=subject, transition="deleted", content={}
            )
            self.waiting.append(subject)

    @rule()
    def pull(self) -> None:
        events = pull_events(application=self.application, wait=0)
        subjects = {event.subject for event in events}
        assert len(events) == len(subjects) == min(16, len(self.waiting))
        assert subjects <= set(self.waiting)
        handles = {event.subject: handle_of(event) for event in events}
        assert not set(handles.values()) & set(self.stale)
        self.waiting = [subject for subject in self.waiting if subject not in subjects]
        self.out |= handles

    @precondition(lambda self: self.out)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        chosen = data.draw(st.lists(st.sampled_from(sorted(self.out)), min_size=1, max_size=16, unique=True))
        confirm_events(application=self.application, handles=[self.out[subject] for subject in chosen])
        self.confirmed |= set(chosen)
        for subject in chosen:
            del self.out[subject]

    @precondition(lambda self: self.stale)
    @rule(data=st.data())
    def confirm_late(self, data: st.DataObject) -> None:
        late = data.draw(st.sampled_from(self.stale))
        good = list(self.out.values())[:15]
        try:
            confirm_events(application=self.application, handles=[*good, late])
        except HandleExpired:
            return
        raise AssertionError("a late handle was taken")

    @rule()
    def time_passes(self) -> None:
        """As if everybody's thirty seconds were over."""
        open_events(self.application).exclude(token=None).update(next_at=Now())
        self._give_back()

    @rule()
    def everything_is_sent_again(self) -> None:
        resume_deliveries(application=self.application)
        self._give_back()

    @invariant()
    def every_event_is_in_one_place(self) -> None:
        settled = set(self.application.events.exclude(settled_at=None).values_list("subject", flat=True))
        still_open = set(open_events(self.application).values_list("subject", flat=True))
        assert settled == self.confirmed
        assert still_open == set(self.waiting) | set(self.out)

    def _give_back(self) -> None:
        self.waiting += list(self.out)
        self.stale += list(self.out.values())
        self.out = {}


class QueueTest(TestCase):
    def test_any_order_of_use(self) -> None:
        from hypothesis.stateful import run_state_machine_as_test

        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Queue, settings=settings(max_examples=25, stateful_step_count=25, deadline=None)
        )
