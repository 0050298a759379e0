"""Requests that name their media in the body."""

from collections.abc import Mapping

from rest_framework.views import APIView

from applications.rest.calling import caller_of
from media_jobs.library.selectors import one_media


class OfMedia(APIView):
    def named_in_body(self) -> None:
        """Raises NotFound for a media that isn't there; what is no name at all is refused by the body's own rules."""
        body = self.request.data
        file_id = body.get("file_id") if isinstance(body, Mapping) else None
        if isinstance(file_id, str) and file_id.strip():
            one_media(caller_of(self.request).application, file_id.strip())
