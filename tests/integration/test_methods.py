"""Every address of every door, asked with every method: what isn't offered is 405, and its Allow says all that is.

API 3.0 and the client upload have one method each and words of their own for others: see their test_transport.py,
test_client_upload.py.
"""

from collections.abc import Iterable, Iterator
from time import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.client_signature import fresh_fields, sign
from applications.models import ApiKey, User
from applications.rest.calling import PerCallerThrottle
from applications.services.keys import issue_access_token
from cloudapi.cos.offers import OFFERS
from console.urls import urlpatterns
from media_jobs.models import Media
from tests.integration.cloudapi.cos.conftest import Bucket, bucket, open_for, session  # noqa: F401  fixtures
from tests.integration.rest.routes import routes

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE")
UUID = "00000000-0000-0000-0000-000000000001"
NOTHING = {
    **dict.fromkeys(("batch_id", "upload_id", "uid"), UUID),
    **dict.fromkeys(("pk", "app_id", "definition"), 1),
    **dict.fromkeys(("file_id", "task_id", "name", "digest"), "none"),
    "kind": "time",
    "language": "ko",
    "key": "time-1",
}
REST = sorted({f"/api/v1/{route.path(UUID)}" for route in routes()} | {"/api/v1/schema", "/api/v1/docs"})
TUS = ["/upload/resumable", f"/upload/resumable/{UUID}"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_rate_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PerCallerThrottle, "THROTTLE_RATES", {"caller": None})


def _pages() -> list[str]:
    """One page of each kind that the guard knows, and Django's own.

    Not the overview, whose address is API 3.0's for whatever isn't a browser's GET; nor the end of the session.
    """
    named = [one for one in urlpatterns if one.name not in ("overview", "logout")]
    kinds = {getattr(one.callback, "methods", one.name): one for one in named}.values()
    return [
        reverse(f"console:{one.name}", kwargs={key: NOTHING[key] for key in one.pattern.converters}) for one in kinds
    ]


def _faults(addresses: Iterable[str], client: Client) -> Iterator[str]:
    """A method that is told of and not offered, or offered and not told of; a 401 that doesn't say how to get in."""
    for address in addresses:
        answers = {method: _ask(client, method, address) for method in METHODS}
        offered = {method for method, answer in answers.items() if answer.status_code != 405}
        for method, answer in answers.items():
            told = set(answer.get("Allow", "").split(", ")) - {"OPTIONS"}
            if answer.status_code == 405 and told != offered:
                yield f"{method} {address}: Allow {sorted(told)}, offered {sorted(offered)}"
            if answer.status_code == 401 and not answer.has_header("WWW-Authenticate"):
                yield f"{method} {address}: 401 without WWW-Authenticate"


def _ask(client: Client, method: str, address: str) -> Any:
    return client.generic(method, address, b"", "application/json", headers={"Tus-Resumable": "1.0.0"})


def test_every_address_says_which_methods_it_offers(owner: User, api_key: ApiKey, uploaded: Media) -> None:
    token = issue_access_token(user=owner, application=api_key.application)[1]
    assert list(_faults(REST, Client(headers={"Authorization": f"Bearer {token}"}))) == []
    signature = sign(fresh_fields(secret_id=api_key.secret_id, now=time(), life=600), secret_key=api_key.secret_key)
    assert list(_faults(TUS, Client(headers={"Authorization": f"Signature {signature}"}))) == []
    browser = Client()
    browser.force_login(owner)
    assert list(_faults([*_pages(), "/admin/"], browser)) == []
    open_doors = [f"/media/{uploaded.storage_key}", "/media/none", "/livez", "/readyz", "/upload"]
    assert list(_faults(open_doors, Client(enforce_csrf_checks=True))) == []


def test_who_must_say_who_is_asking_is_told_how(db: None) -> None:
    assert list(_faults([*REST, *TUS, *_pages(), "/admin/"], Client())) == []


def test_a_bucket_and_an_object_say_what_they_offer(bucket: Bucket) -> None:  # noqa: F811
    for path, address in (("/", "/"), ("/<key>", bucket.session.media_path)):
        offered = {offer.method for offer in OFFERS if offer.path == path}
        for method in set(METHODS) - offered - {"POST"}:  # which is told of forms and of other sub-resources
            answer = bucket.send(method, address)
            assert (answer.status_code, set(answer["Allow"].split(", "))) == (405, offered), (method, address)
