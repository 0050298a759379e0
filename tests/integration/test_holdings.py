"""What an application holds is asked for in no time, and is what its rows say, whatever was done."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Sum

from applications.models import Application
from media_jobs.holdings import KINDS, Sums, fold, held, mend
from media_jobs.jobs.services import submit_task
from media_jobs.library.services import delete_media, delete_output
from media_jobs.library.usage import Stored
from media_jobs.models import AnimatedImage, Holding, Media, SnapshotSet
from procedures.plan import StepInput, plan_from
from procedures.snapshots import SnapshotInput
from templates_app.models import AnimatedImageTemplate


@pytest.fixture
def with_siblings(application: Application) -> AnimatedImageTemplate:
    from templates_app.services import create_template

    fields = {"name": "both", "format": "gif", "width": 128, "fps": 5, "siblings": "webp"}
    return create_template(application=application, fields=fields)  # type: ignore[arg-type]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_the_sums_are_those_of_the_rows_after_any_work(
    application: Application,
    with_siblings: AnimatedImageTemplate,
    upload_clip: Callable[..., Media],
    run_jobs: Callable[[], int],
    seed: int,
) -> None:
    chance = random.Random(seed)
    steps = [StepInput(definition=with_siblings.definition, end=0.2)]
    plan = plan_from(application, steps, snapshots=[SnapshotInput("sprite", 10)])

    def make() -> None:
        submit_task(media=upload_clip(), plan=plan)
        run_jobs()

    def drop(kind: Any) -> Callable[[], None]:
        def drop_one() -> None:
            there = list(kind.objects.filter(deleted_at=None) if kind is Media else kind.objects.all())
            if there:
                one = chance.choice(there)
                if kind is Media:
                    assert delete_media(media=one)
                    assert not delete_media(media=one)
                else:
                    delete_output(output=one)

        return drop_one

    make()
    assert all(held(application, kind).number for kind in KINDS)
    _agree(application)
    for do in chance.choices([make, drop(Media), drop(AnimatedImage), drop(SnapshotSet), fold], k=8):
        do()
        _agree(application)
    assert mend() == 0


@pytest.mark.django_db
def test_folding_leaves_one_row_of_each_kind_and_the_same_sums(
    application: Application, other_application: Application, uploaded: Media
) -> None:
    Holding.objects.bulk_create(
        Holding(application=owner, kind="media", number=1, bytes=size)
        for owner in (application, other_application)
        for size in range(700)
    )
    before = held(application, Media), held(other_application, Media)
    fold()
    assert Holding.objects.filter(kind="media").count() == 2
    assert (held(application, Media), held(other_application, Media)) == before


@pytest.mark.django_db
def test_sums_that_went_wrong_are_put_right(
    application: Application, other_application: Application, uploaded: Media
) -> None:
    Holding.objects.create(application=application, kind="media", number=-2, bytes=7)
    Holding.objects.create(application=other_application, kind="sibling", number=1, bytes=1)
    assert mend() == 2
    assert held(application, Media) == Sums(1, uploaded.size)
    assert held(other_application, *KINDS) == Sums(0, 0)


def _agree(application: Application) -> None:
    for kind in KINDS:
        rows = kind._default_manager.filter(application=application)
        rows = rows.filter(deleted_at=None) if kind is Media else rows
        assert held(application, kind) == Sums(rows.count(), rows.aggregate(size=Sum("size"))["size"] or 0), kind
    assert Stored.of(application).media == held(application, Media).bytes
