from typing import Any

from django.http import QueryDict
from rest_framework.parsers import BaseParser


class Untouched(BaseParser):
    """Accepts any content type and reads nothing: for views that stream the body themselves.

    Without it the CSRF check of a session would parse the whole body, looking for a token among form fields.
    """

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> QueryDict:
        return QueryDict()
