"""REST: /api/v1/highlights, the pieces of a media that are worth showing."""

from collections.abc import Iterator, Set
from itertools import chain
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from animator.core.choice import mistakes as mistakes_of_choice
from animator.core.highlights import Highlights
from animator.core.order import AnimationSpec, Order
from applications.errors import InvalidValue, Refused
from applications.rest.body import Body
from applications.rest.calling import caller_of
from applications.rest.fields import Number
from applications.rest.validated import validated
from media_jobs.api.of_media import OfMedia
from media_jobs.api.outputs import HighlightsOut
from media_jobs.jobs.answers import highlights
from media_jobs.library.selectors import one_media
from procedures.plan import choice_of, mistakes_of_offsets

USUAL = 3.0  # seconds


class HighlightsIn(Body[Highlights]):
    """Of which media, how long, and where to look."""

    file_id = serializers.CharField(max_length=64)
    seconds = Number(default=USUAL, help_text="0.5 to 60")
    start = Number(default=0.0, help_text="Nothing before is looked at; as in a task flow's step")
    end = Number(default=0.0, help_text="Nothing behind is looked at; as in a task flow's step")
    skip_first = Number(default=0.0, help_text="Percent of the video that are left out at its beginning")
    skip_last = Number(default=0.0, help_text="Percent of the video that are left out at its end")

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        choice = {**given, "auto": given.get("seconds", USUAL)}
        offsets = {name: given.get(name, 0.0) for name in ("start", "end")}
        for name, sentence in chain(mistakes_of_choice(choice), mistakes_of_offsets(**offsets)):
            yield InvalidValue(sentence, field="seconds" if name == "auto" else name)


class HighlightsOfMedia(OfMedia):
    @extend_schema(
        summary="Find up to three pieces of a media that are worth showing; 503 when too many ask at once",
        request=HighlightsIn,
        responses=HighlightsOut,
    )
    def post(self, request: Request) -> Response:
        asked = validated(request, HighlightsIn)
        media = one_media(caller_of(request).application, asked["file_id"])
        skipped = {name: asked[name] for name in ("skip_first", "skip_last")}
        order = Order(
            spec=AnimationSpec(format="webp", fps=1),  # of no account: nothing is made
            start=asked["start"],
            end=asked["end"],
            choice=choice_of(auto=asked["seconds"], **skipped),
        )
        return Response(HighlightsOut(highlights(media, order)).data)
