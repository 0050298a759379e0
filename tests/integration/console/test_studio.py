"""What the studio's page asks for: made once, kept while it is used, gone with its media, and nobody else's."""

import io
import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from animator.confine.sandbox import Sandbox
from animator.core.order import AnimationSpec, Order
from applications.models import Application, User
from applications.services.keys import issue_access_token
from media_jobs.jobs import previews, studio
from media_jobs.jobs.previews import files_of, forget_old
from media_jobs.jobs.studio import roughly
from media_jobs.library.services import delete_media
from media_jobs.maintenance.cleaning import end_what_expired
from media_jobs.maintenance.orphans import suspect
from media_jobs.maintenance.verify import violations
from media_jobs.models import AnimatedImage, Job, Media, Preview, StudioFile
from media_jobs.store.storage import storage
from procedures.plan import PlanStep
from tests.integration.rest.conftest import Api

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_application")]

Ask = Callable[..., Any]


@pytest.fixture
def media(upload_clip: Callable[..., Media], run_jobs: Callable[[], int]) -> Media:
    uploaded = upload_clip()
    run_jobs()
    return Media.objects.get(pk=uploaded.pk)


@pytest.fixture
def ask(operator: User) -> Ask:
    client = Client()
    client.force_login(operator)
    return lambda name, **fields: client.post(reverse(f"console:studio-{name}"), fields)


def test_a_filmstrip_is_made_once_served_and_forgotten_when_nobody_asks_for_it(ask: Ask, media: Media) -> None:
    first = ask("filmstrip", media=media.file_id).json()
    assert first == ask("filmstrip", media=media.file_id).json()
    assert (first["duration"], first["rate"], first["width"]) == (3.0, 25.0, 320)
    assert Client().get(first["url"])["Content-Type"] == "image/jpeg"

    end_what_expired()
    kept = StudioFile.objects.get()
    StudioFile.objects.update(used_at=timezone.now() - timedelta(days=30))
    end_what_expired()
    assert not StudioFile.objects.exists() and not storage().exists(kept.storage_key)

    again = ask("filmstrip", media=media.file_id).json()
    storage().delete(StudioFile.objects.get().storage_key)
    assert ask("filmstrip", media=media.file_id).json()["url"] != again["url"], "lost bytes are made again"


def test_how_far_a_light_copy_is_can_be_asked(ask: Ask, media: Media) -> None:
    assert ask("proxy-progress", media=media.file_id, pane="pane-1").json() == {"percent": 0}
    assert ask("proxy", media=media.file_id, start="0", end="2", pane="pane-1").status_code == 200
    assert ask("proxy-progress", media=media.file_id, pane="pane-1").json() == {"percent": 100}
    assert ask("proxy-progress", media=media.file_id, pane="../x").status_code == 400


def test_a_montage_is_previewed_run_and_told_as_code(ask: Ask, media: Media) -> None:
    asked = {**PICTURE, "media": media.file_id, "pieces": "3", "piece": "0.2", "skip_first": "10"}
    with closing(ask("preview", **asked, pane="pane-1")) as shown:
        facts = json.loads(shown["Studio-Facts"])
    assert facts["duration"] == pytest.approx(0.6, abs=0.05)
    assert ask("preview", **asked | {"pieces": ""}, pane="pane-1").json()["mistakes"].keys() == {"pieces"}
    assert '"pieces": 3' in ask("code", **asked).json()["snippets"]["REST"]
    ask("run", **asked)
    assert Job.objects.get(kind="animate").plan["choice"]["pieces"] == 3


def test_files_of_the_studio_go_with_their_media(ask: Ask, media: Media) -> None:
    assert ask("proxy", media=media.file_id, start="1", end="2").json()["end"] == 30.0
    assert ask("filmstrip", media=media.file_id).status_code == 200
    keys = list(StudioFile.objects.values_list("storage_key", flat=True))
    delete_media(media=media)
    assert len(keys) == 2 and not any(storage().exists(key) for key in keys)
    assert not StudioFile.objects.exists()


PICTURE = {"format": "webp", "fps": "10", "width": "160", "quality": "75", "resolution_adaptive": "on", "effort": "2"}


def test_a_newer_preview_of_a_pane_stops_the_older_one_and_another_pane_is_left_alone(media: Media) -> None:
    newest = {pane: studio._newest(media, pane) for pane in ("pane-1", "pane-2")}
    studio._newest(media, "pane-1")
    newest["pane-2"]()
    with pytest.raises(studio.Superseded):
        newest["pane-1"]()


def test_a_rough_picture_that_comes_late_stops_nothing_of_its_own_turn_and_an_older_request_no_newer_one(
    media: Media,
) -> None:
    true = studio._newest(media, "pane-1", 3)
    studio._newest(media, "pane-1", 3)
    true()
    late = studio._newest(media, "pane-1", 2)
    true()
    with pytest.raises(studio.Superseded):
        late()
    newer = studio._newest(media, "pane-1", 4)
    newer()
    with pytest.raises(studio.Superseded):
        true()


def test_a_preview_that_is_made_no_more_answers_409_and_one_that_takes_too_long_says_so(
    ask: Ask, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {**PICTURE, "media": media.file_id, "pane": "pane-1"}

    def another(_: Media, order: Order, *, on_tick: Callable[[float], None], **more: Any) -> None:
        studio._newest(media, "pane-1")
        on_tick(0.1)

    with monkeypatch.context() as patch:
        patch.setattr(studio, "previewed", another)
        answer = ask("preview", **asked)
    assert (answer.status_code, answer.json()["kind"]) == (409, "Superseded")
    with monkeypatch.context() as patch:
        patch.setattr(studio, "PREVIEW_DEADLINE", -1.0)
        assert ask("preview", **asked).json()["kind"] == "TooLong"
    assert ask("preview", **asked | {"pane": "../x"}).status_code == 400


def test_a_rough_picture_has_few_small_pictures_of_the_same_seconds(ask: Ask, media: Media) -> None:
    answer = ask("rough", **PICTURE, media=media.file_id, pane="pane-1", start="1", end="2")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == (160, 90) and picture.n_frames <= 6  # type: ignore[attr-defined]
    long = roughly(Order(spec=AnimationSpec(format="gif", fps=30, width=1280, height=0)), duration=100.0)
    assert (long.spec.fps, long.spec.width, long.spec.effort) == (1, 320, 1)


def test_the_snippet_for_rest_starts_the_very_picture(ask: Ask, media: Media, operator: User) -> None:
    code = ask("code", **PICTURE, media=media.file_id, start="0.5", end="2").json()["snippets"]["REST"]
    token = issue_access_token(user=operator, application=media.application)[1]
    api = Api(token)
    api.post(f"media/{media.file_id}/process", json.loads(code[code.index("{") : code.rindex("'")]))
    made = PlanStep.from_dict(Job.objects.get(kind="animate").plan).order
    assert (made.spec.width, made.spec.format, made.start, made.end) == (160, "webp", 0.5, 2.0)


def test_what_cannot_be_shown_is_refused_in_words(ask: Ask, media: Media, other_application: Application) -> None:
    assert ask("filmstrip", media="1").json()["refusal"] == "There is no media 1."
    Media.objects.filter(pk=media.pk).update(application=other_application)
    assert ask("filmstrip", media=media.file_id).status_code == 404
    assert ask("proxy", media="1", start="5", end="2").status_code == 404


@pytest.mark.parametrize(("shape", "width"), [((1920, 1080, 0), 640), ((1920, 1080, 90), 360), ((480, 270, 0), 0)])
def test_a_picture_begins_no_larger_than_one_likes_to_wait_for(
    client: Client, operator: User, application: Application, media: Media, shape: tuple[int, int, int], width: int
) -> None:
    media.metadata = {**(media.metadata or {}), **dict(zip(("width", "height", "rotate"), shape, strict=True))}
    media.save(update_fields=["metadata"])
    client.force_login(operator)
    page = client.get(reverse("console:studio"), {"media": media.file_id})
    assert page.context["form"]["width"].value() == width
    asked = client.get(reverse("console:studio"), {"media": media.file_id, "width": "1920"})
    assert asked.context["form"]["width"].value() == "1920"


def test_files_beside_a_preview_tell_their_bytes_and_a_run_takes_all_over(
    ask: Ask, media: Media, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture that was shown first is part of them."""
    more = {"fps": "60", "end": "0.6", "siblings": "mp4,gif,poster-webp", "pane": "pane-1"}  # with a GIF it is 50
    asked = {**PICTURE, **more, "media": media.file_id}
    with closing(ask("preview", **asked)) as shown:
        facts, picture = json.loads(shown["Studio-Facts"]), b"".join(shown.streaming_content)
    assert facts["siblings"] == ["mp4", "gif", "poster-webp"]
    told = ask("beside", **asked).json()
    assert [one["kind"] for one in told["siblings"]] == facts["siblings"]
    kept = Preview.objects.get()
    assert kept.size == facts["size"] + sum(one["size"] for one in told["siblings"])
    assert (suspect().suspects, list(violations(deep=True))) == (0, [])
    assert {Client().get(f"/media/{key}").status_code for key in files_of(kept)} == {404}

    for name in ("animate", "beside"):
        monkeypatch.setattr(Sandbox, name, None)  # nothing is encoded any more
    assert ask("beside", **asked).json() == told
    ask("run", **{name: value for name, value in asked.items() if name != "pane"})
    run_jobs()
    image = AnimatedImage.objects.get()
    assert image.made_before
    assert [{"kind": one.kind, "size": one.size} for one in image.siblings.all()] == told["siblings"]
    with storage().open(image.storage_key) as file:
        assert file.read() == picture
    Preview.objects.update(created_at=timezone.now() - timedelta(days=2))
    forget_old()
    assert not any(storage().exists(key) for key in files_of(kept))
    assert (suspect().suspects, list(violations(deep=True))) == (0, [])


def test_lost_bytes_beside_a_preview_are_made_again_and_all_of_them_go_with_their_media(ask: Ask, media: Media) -> None:
    asked = {**PICTURE, "media": media.file_id, "end": "0.4", "siblings": "apng,poster", "pane": "pane-1"}
    told = ask("beside", **asked).json()
    storage().delete(files_of(Preview.objects.get())[2])
    assert list(violations(deep=True))
    assert ask("beside", **asked).json() == told
    keys = files_of(Preview.objects.get())
    assert all(storage().exists(key) for key in keys)
    delete_media(media=media)
    assert not any(storage().exists(key) for key in keys)


def test_files_beside_a_preview_that_take_too_long_or_too_much_room_are_not_kept(
    ask: Ask, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {**PICTURE, "media": media.file_id, "end": "0.4", "siblings": "apng", "pane": "pane-1"}
    with monkeypatch.context() as patch:
        patch.setattr(studio, "BESIDE_DEADLINE", -1.0)
        assert ask("beside", **asked | {"end": "", "fps": "25"}).json()["kind"] == "TooLong"
    with closing(ask("preview", **asked)) as shown:
        monkeypatch.setattr(previews, "MOST_BYTES", json.loads(shown["Studio-Facts"])["size"] + 10)
    assert ask("beside", **asked).json()["kind"] == "PreviewTooLarge"
    assert (suspect().suspects, list(violations(deep=True)), Preview.objects.count()) == (0, [], 1)
