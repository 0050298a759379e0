"""What was made, counted by day, format, template and application; how the last day went."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, User
from applications.roles import Role
from applications.services.applications import set_role
from console.charts import HEIGHT, bars
from media_jobs.library.last_day import failures_by_cause, last_hours, running_now
from media_jobs.library.usage import Stored
from media_jobs.models import AnimatedImage, Job, Media
from procedures.models import Procedure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def made(upload_clip: Callable[..., Media], procedure: Procedure, run_jobs: Callable[[], int]) -> list[AnimatedImage]:
    """Two images, of which the first was made yesterday."""
    upload_clip(procedure=procedure.name)
    run_jobs()
    images = list(AnimatedImage.objects.order_by("job__position"))
    AnimatedImage.objects.filter(pk=images[0].pk).update(created_at=timezone.now() - timedelta(days=1))
    return images


def _told(client: Client, query: str) -> list[list[str]]:
    answer = client.get(f"{reverse('console:usage-export')}?{query}")
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(text)))[1:]


def test_images_are_counted_by_day_format_template_and_application(
    client: Client, viewer: User, made: list[AnimatedImage], application: Application, other_application: Application
) -> None:
    client.force_login(viewer)
    days = _told(client, "days=7")
    assert [int(row[1]) for row in days] == [0, 0, 0, 0, 0, 1, 1]
    assert [row[1] for row in _told(client, "days=1")] == ["1"]
    assert sum(int(row[2]) for row in _told(client, "by=format")) == sum(image.size for image in made)
    named = {f"{image.job.plan['label']}({image.definition})" for image in made}
    assert {row[0] for row in _told(client, "by=template")} == named
    assert [row[:2] for row in _told(client, "by=application")] == [[str(application), "2"]]
    Media.objects.get().animated_images.update(application=other_application)
    assert _told(client, "by=application") == []
    set_role(application=other_application, user=viewer, role=Role.VIEWER)
    assert [row[0] for row in _told(client, "by=application")] == [str(other_application)]


def test_the_page_shows_a_chart_and_the_same_in_a_table(
    client: Client, viewer: User, made: list[AnimatedImage]
) -> None:
    client.force_login(viewer)
    page = client.get(reverse("console:usage") + "?days=nonsense&by=9&measure=x")
    assert page.context["form"].asked == {"days": "30", "by": "day", "measure": "images"}
    assert (page.content.count(b'<rect class="chart-bar"'), len(page.context["rows"])) == (2, 30)
    assert page.context["total"].images == 2


def test_the_overview_tells_how_the_last_day_went(
    client: Client, viewer: User, application: Application, made: list[AnimatedImage], upload_clip: Callable[..., Media]
) -> None:
    upload_clip(procedure="loops")
    broken, running = Job.objects.filter(state="WAITING", kind="animate")
    Job.objects.filter(pk=broken.pk).update(state="FAIL", err_code="InternalError", finished_at=timezone.now())
    Job.objects.filter(pk=running.pk).update(state="PROCESSING", began_at=timezone.now())
    hours = last_hours(application)
    assert (len(hours), sum(one.made for one in hours), sum(one.failed for one in hours)) == (24, 2, 1)
    assert failures_by_cause(application) == [("InternalError", 1)]
    assert running_now(application) == [running]
    assert Stored.of(application).images == sum(image.size for image in made)
    client.force_login(viewer)
    page = client.get(reverse("console:overview")).content.decode()
    assert "2 parts made, 1 failed, hour by hour" in page
    assert "Retry. If it happens again" in page


def test_bars_are_as_high_as_their_values() -> None:
    low, high = bars([("a", 1, 0), ("b", 1, 1)])
    assert (low.height, high.height, high.upper, high.upper_y) == (HEIGHT / 2, HEIGHT / 2, HEIGHT / 2, 0)
    assert bars([("none", 0, 0)])[0].height == 0
