"""A template's siblings from the form value to the bytes: their own addresses, facts, reuse, and end."""

from collections.abc import Callable

import pytest
from django.test import Client
from PIL import Image

from applications.models import Application, User
from applications.services.keys import issue_access_token
from media_jobs.jobs.services import submit_task
from media_jobs.library.services import delete_media, delete_output
from media_jobs.maintenance.orphans import suspect
from media_jobs.maintenance.verify import violations
from media_jobs.models import AnimatedImage, Media, Sibling
from media_jobs.store.storage import storage, url_of
from media_jobs.structures import media_animated_graphics_item
from procedures.plan import Plan, plan, step
from templates_app.models import AnimatedImageTemplate
from templates_app.services import create_template

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wanted(application: Application) -> Plan:
    fields = {"name": "All", "format": "gif", "width": 160, "fps": 5, "siblings": "webp,mp4,avif,poster", "score": True}
    return plan([step(create_template(application=application, fields=fields), start=0.5, end=1.5)])  # type: ignore[arg-type]


@pytest.fixture
def token(owner: User, application: Application) -> str:
    return issue_access_token(user=owner, application=application, name="tests")[1]


def test_siblings_are_served_reused_and_gone_with_their_picture(
    uploaded: Media, wanted: Plan, run_jobs: Callable[[], int], client: Client, token: str
) -> None:
    def made() -> AnimatedImage:
        task = submit_task(media=uploaded, plan=wanted)
        run_jobs()
        return AnimatedImage.objects.get(job__task=task)

    first, again = made(), made()
    assert (first.made_before, again.made_before) == (False, True)
    kinds = {"webp": "image/webp", "mp4": "video/mp4", "avif": "image/avif", "poster": "image/jpeg"}
    for image in (first, again):
        assert [one.kind for one in image.siblings.all()] == list(kinds)
        for one in image.siblings.all():
            answer = client.get(url_of(one.storage_key))
            assert (answer.status_code, answer["Content-Type"]) == (200, kinds[one.kind])
            assert len(b"".join(answer.streaming_content)) == one.size  # type: ignore[attr-defined]
            assert (one.score is None) == (one.kind == "poster")
    with storage().open(first.siblings.get(kind="avif").storage_key) as file, Image.open(file) as picture:
        assert (picture.size, picture.n_frames) == ((160, 90), 5)
    told = Client(headers={"authorization": f"Bearer {token}"}).get(f"/api/v1/outputs/{first.pk}").json()
    assert [one["kind"] for one in told["siblings"]] == list(kinds)
    assert told["picture"].startswith("<picture>\n  <source srcset=")
    assert 'width="160" height="90" alt="clip" loading="lazy"' in told["picture"]
    assert '<video width="160" height="90" poster="http' in told["video"]
    assert told["picture"].splitlines()[-2] in told["video"].replace("\n    ", "\n  ")
    assert not Sibling.objects.filter(kind="gif").exists()
    assert "Siblings" not in media_animated_graphics_item(first)
    assert (suspect().suspects, list(violations(deep=True))) == (0, [])
    keys = [one.storage_key for one in first.siblings.all()]
    delete_output(output=first)
    assert not any(storage().exists(key) for key in keys)
    keys = [one.storage_key for one in again.siblings.all()]
    assert all(storage().exists(key) for key in keys)
    delete_media(media=uploaded)
    assert not any(storage().exists(key) for key in keys)
    assert client.get(url_of(keys[0])).status_code == 404


def test_alternative_texts_go_into_the_html_of_media_and_outputs(
    uploaded: Media, gif_template: AnimatedImageTemplate, run_jobs: Callable[[], int], token: str
) -> None:
    submit_task(media=uploaded, plan=plan([step(gif_template, end=0.5)]))
    run_jobs()
    image = AnimatedImage.objects.get()
    client = Client(headers={"authorization": f"Bearer {token}"})

    def change(address: str, alt: str) -> int:
        return client.patch(f"/api/v1/{address}", {"alt": alt}, content_type="application/json").status_code

    def told() -> tuple[str, str, str]:
        answer = client.get(f"/api/v1/outputs/{image.pk}").json()
        return answer["alt"], answer["picture"], answer["video"]

    assert told()[0] == "clip"
    assert change(f"media/{uploaded.file_id}", "A ball hops") == 200
    assert told()[0] == "A ball hops"
    assert change(f"outputs/{image.pk}", '<A "red" ball>') == 200
    alt, html, film = told()
    assert alt == '<A "red" ball>'
    assert html.startswith("<img ")
    assert 'alt="&lt;A &quot;red&quot; ball&gt;"' in html
    assert film == ""
    assert change(f"outputs/{image.pk}", "x" * 301) == 400
    assert change(f"outputs/{image.pk}", "") == 200
    assert told()[0] == "A ball hops"
