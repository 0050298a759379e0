"""What is on its way in: how far it is, whether it goes on, where it is taken up again, and how it is given up."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Application, User
from media_jobs.models import Upload
from media_jobs.uploads.services import Wanted, begin

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_application")]


def test_an_upload_that_stopped_says_so_and_leads_to_where_it_goes_on(
    client: Client, operator: User, viewer: User, application: Application
) -> None:
    wanted = Wanted(name="more.mp4", length=2_000_000)
    upload = begin(application=application, wanted=wanted, door="tus", user=operator)
    Upload.objects.filter(pk=upload.pk).update(offset=1_000_000, updated_at=timezone.now())
    client.force_login(operator)
    address = reverse("console:uploading")
    page = client.get(address).content.decode()
    assert ("more.mp4" in page, 'value="1000000"' in page, "Choose the same file" in page) == (True, True, False)
    Upload.objects.filter(pk=upload.pk).update(updated_at=timezone.now() - timedelta(minutes=2))
    page = client.get(address).content.decode()
    assert "Stopped" in page
    assert f'<a href="{reverse("console:upload")}">Choose the same file to resume</a>' in page
    assert "Not complete yet: more.mp4" in " ".join(client.get(reverse("console:upload")).content.decode().split())
    client.force_login(viewer)
    page = client.get(address).content.decode()
    assert ("Stopped" in page, "Choose the same file" in page) == (True, False)
    client.force_login(operator)
    gone = client.post(reverse("console:upload-discard", args=[upload.pk]), follow=True).content.decode()
    assert ("The upload of more is cancelled." in gone, "Nothing is being uploaded" in gone) == (True, True)
