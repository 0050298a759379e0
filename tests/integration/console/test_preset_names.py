"""Presets are named in the reader's language on pages, and in English wherever a program reads."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from applications.models import Application, User
from applications.services.keys import issue_access_token
from console.words.known import SENTENCES
from console.words.presets import label_of
from media_jobs.jobs.services import submit_task
from media_jobs.models import Media
from procedures.plan import StepInput, plan_from
from procedures.services import create_procedure
from procedures.snapshots import SnapshotInput
from templates_app.models import AnimatedImageTemplate
from templates_app.presets import PRESETS
from templates_app.services import create_template
from templates_app.snapshot_template import SnapshotTemplate
from tests.integration.rest.conftest import Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]

STICKER = "채팅 스티커, 500 KB"


@pytest.fixture
def owners(client: Client, owner: User) -> Client:
    """Who reads Korean."""
    owner.language = "ko"
    owner.save()
    client.force_login(owner)
    return client


def test_every_page_that_names_a_preset_says_it_in_the_readers_language(
    owners: Client, application: Application, upload_clip: Callable[..., Media]
) -> None:
    steps = [StepInput(definition=21000, end=1.0)]
    sprite = [SnapshotInput("sprite", 10)]
    flow = create_procedure(application=application, name="stickers", steps=steps, snapshots=sprite)
    task = submit_task(media=upload_clip(), plan=plan_from(application, steps))
    for name, arguments in (
        ("templates", []),
        ("template", [21000]),
        ("flows", []),
        ("flow", [flow.pk]),
        ("flow-edit", [flow.pk]),
        ("flow-create", []),
        ("task", [task.task_id]),
    ):
        page = owners.get(reverse(f"console:{name}", args=arguments)).content.decode()
        assert STICKER in page, name
        assert "Chat sticker" not in page, name
    for name, arguments in (("flow", [flow.pk]), ("flows", []), ("flow-edit", [flow.pk]), ("snapshottemplates", [])):
        page = owners.get(reverse(f"console:{name}", args=arguments)).content.decode()
        assert "SpriteScreenshot" not in page, name
        assert "스프라이트 시트" in page, name


def test_a_preset_is_found_by_the_name_that_the_reader_sees_and_by_the_english_one(owners: Client) -> None:
    for text in ("스티커", "sticker", "21000"):
        page = owners.get(reverse("console:templates"), {"text": text})
        assert [one.definition for one in page.context["page"]] == [21000], text
    assert not owners.get(reverse("console:templates"), {"text": "없는 이름"}).context["page"].object_list


def test_somebodys_own_name_is_left_as_it_was_written(owners: Client, application: Application) -> None:
    own = create_template(application=application, fields={"name": "Chat sticker, 500 KB", "fps": 5})
    page = owners.get(reverse("console:template", args=[own.definition])).content.decode()
    assert "Chat sticker, 500 KB" in page


def test_apis_keep_the_english_names(owner: User, application: Application) -> None:
    api = Api(issue_access_token(user=owner, application=application)[1])
    answer = api("GET", "templates/21000", **{"Accept-Language": "ko"})
    assert answer.json()["name"] == "Chat sticker, 500 KB"


@pytest.mark.parametrize("language", ["ko", "zh-hans"])
def test_every_preset_has_its_words(db: None, language: str) -> None:
    known = set(SENTENCES)
    assert {preset["name"] for preset in PRESETS} <= known
    templates = [*AnimatedImageTemplate.objects.filter(application=None), *SnapshotTemplate.objects.all()]
    assert len(templates) == len(PRESETS) + 3
    with override(language):
        untold = {label_of(one) for one in templates if label_of(one) == one.label}
    assert untold == {"WebP 540×960 10 fps"}, "which is the same in every language"
