"""Templates and task flows in lists that sort and count, as calls to copy, and run over again after a change."""

import re
from collections.abc import Callable
from html import escape, unescape

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Application, User
from media_jobs.models import Batch, Media
from procedures.models import Procedure
from templates_app.models import AnimatedImageTemplate
from templates_app.services import modify_template

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


@pytest.fixture
def operators(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def test_lists_sort_by_their_headings_and_count_what_was_made(
    operators: Client,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    gif_template: AnimatedImageTemplate,
    webp_template: AnimatedImageTemplate,
    run_jobs: Callable[[], int],
) -> None:
    upload_clip(procedure=procedure.name)
    run_jobs()
    own = [gif_template.label, webp_template.label]
    for sort, names in (("name", own), ("-name", own[::-1]), ("rate", own), ("nonsense", own)):
        rows = operators.get(f"{reverse('console:templates')}?kind=custom&sort={sort}").context["page"]
        assert [row.label for row in rows] == names, sort
        assert [row.images for row in rows] == [1, 1]
    page = operators.get(f"{reverse('console:templates')}?sort=-name").content.decode()
    assert 'aria-sort="descending"><a class="sorts" href="?sort=name">Template name' in page
    page = operators.get(reverse("console:flows")).content.decode()
    assert f'?procedure={procedure.name}" aria-label="1 tasks of {procedure.name}"' in " ".join(page.split())


def test_calls_are_there_to_copy(operators: Client, procedure: Procedure, gif_template: AnimatedImageTemplate) -> None:
    flow = operators.get(reverse("console:flow", args=[procedure.pk])).content.decode()
    assert f"&quot;procedure&quot;: &quot;{procedure.name}&quot;" in flow
    template = operators.get(reverse("console:template", args=[gif_template.definition])).content.decode()
    assert f"&quot;definition&quot;: {gif_template.definition}" in template


def test_a_templates_form_opens_the_studio_with_what_is_typed_there(
    operators: Client, gif_template: AnimatedImageTemplate, uploaded: Media
) -> None:
    values = {"format": "webp", "fps": "7", "quality": "60", "width": "", "height": "200", "score": "on"}
    definition = gif_template.definition
    preview = operators.get(reverse("console:template-preview"), values | {"name": "New", "definition": definition})
    chosen = operators.get(preview.context["studio"])
    [link] = re.findall(r'class="choice-link"\s+href="([^"]+)"', chosen.content.decode())
    studio = operators.get(unescape(link))
    form = studio.context["form"]
    assert {name: form[name].value() for name in values} == values | {"score": True}
    assert (studio.context["media"], studio.context["template"]) == (uploaded, gif_template)

    edit = operators.get(reverse("console:template-edit", args=[definition]))
    assert escape(edit.context["studio"]) in edit.content.decode()
    assert f"definition={definition}" in edit.context["studio"] and "fps=5" in edit.context["studio"]
    create = operators.get(reverse("console:template-create"))
    assert "definition" not in create.context["studio"]
    assert operators.get(create.context["studio"]).status_code == 200


def test_older_results_are_made_again_after_a_template_was_changed_and_only_then(
    operators: Client,
    application: Application,
    upload_clip: Callable[..., Media],
    procedure: Procedure,
    gif_template: AnimatedImageTemplate,
    run_jobs: Callable[[], int],
) -> None:
    media = upload_clip(procedure=procedure.name)
    upload_clip()
    run_jobs()
    address = reverse("console:flow-regenerate", args=[procedure.pk])
    told = operators.post(address, {"foretell": "yes"}).context["forecast"]
    assert (told.media, told.pictures, told.skipped) == (1, 0, {"made-before": 1})
    modify_template(template=gif_template, fields={"fps": 3})
    assert operators.post(address, {"foretell": "yes"}).context["forecast"].pictures == 2
    assert not Batch.objects.exists()
    operators.post(address)
    run_jobs()
    assert Batch.objects.get().tasks.get().media == media
    assert media.animated_images.count() == 4
