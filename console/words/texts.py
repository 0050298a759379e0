"""What the console's scripts say, as a file of its own: the content policy allows no script inline."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

from console.words.languages import NAMES


class _Texts(JavaScriptCatalog):
    """gettext, ngettext, pgettext, interpolate and get_format, in the address's language."""

    packages = ["console"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = kwargs.pop("language")
        if language not in NAMES:
            raise Http404
        with translation.override(language):
            return super().get(request, *args, **kwargs)


texts = cache_control(public=True, max_age=365 * 86400, immutable=True)(_Texts.as_view())


def texts_address(language: str) -> str:
    """Another one for other texts, so that browsers may keep what they have."""
    return f"{reverse('console:texts', args=[language])}?v={_digest(language)}"


@lru_cache
def _digest(language: str) -> str:
    catalogue = _Texts()
    folders = catalogue.get_paths(_Texts.packages)
    catalogue.translation = DjangoTranslation(language, domain=_Texts.domain, localedirs=folders)
    return hashlib.sha256(repr(sorted(catalogue.get_catalog().items(), key=str)).encode()).hexdigest()[:12]
