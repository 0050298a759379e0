"""No number and no text makes a page crash: every address of the console, its query and its forms."""

import inspect
from importlib import import_module
from pkgutil import iter_modules
from urllib.parse import quote, urlencode

import pytest
from django.forms import BaseForm
from django.test import Client
from django.urls import URLPattern
from hypothesis import given
from hypothesis import strategies as st

import console.forms
from applications.models import Application, User
from config.urls import urlpatterns as doors
from console.urls import urlpatterns as pages
from media_jobs.models import Media
from procedures.models import Procedure
from tests.nonsense.junk import WORDS, asked

ADDRESSES = [f"/{pattern.pattern}" for pattern in [*doors, *pages] if isinstance(pattern, URLPattern)]
MORE_NAMES = {"page", "app_id", "file_id", "next", "success_url", "signature", "username", "key", "start", "end"}


def _names() -> list[str]:
    """Of every field of every form, as the pages send it."""
    found = set(MORE_NAMES)
    for module in iter_modules(console.forms.__path__):
        for _, thing in inspect.getmembers(import_module(f"console.forms.{module.name}"), inspect.isclass):
            if issubclass(thing, BaseForm):
                found |= set(getattr(thing, "base_fields", ()))
    return sorted(found | {f"{prefix}-0-{name}" for prefix in ("steps", "form") for name in found})


NAMES = st.sampled_from(_names())
PAIRS = st.lists(st.tuples(NAMES, WORDS), max_size=8)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_nonsense_makes_a_page_crash(
    owner: User, application: Application, uploaded: Media, procedure: Procedure, address: str
) -> None:
    client = Client(raise_request_exception=False)
    known = {"file_id": uploaded.file_id, "pk": str(procedure.pk), "definition": "20000"}

    @asked
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        client.force_login(owner)  # some addresses sign out
        where = address
        while "<" in where:
            before, _, rest = where.partition("<")
            marker, _, after = rest.partition(">")
            word = data.draw(st.just(known.get(marker.partition(":")[2], "1")) | WORDS)
            where = f"{before}{quote(word, safe='')}{after}"
        query = urlencode(data.draw(PAIRS), errors="replace")
        form = urlencode(data.draw(PAIRS), errors="replace")
        for method, body in (("GET", ""), ("POST", form)):
            answer = client.generic(method, f"{where}?{query}", body, "application/x-www-form-urlencoded")
            assert answer.status_code < 500 or "readyz" in where, (method, where, query[:500], form[:500])

    ask()
