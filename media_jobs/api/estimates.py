"""REST: /api/v1/estimates, what a picture will be before it is made."""

from collections.abc import Iterator, Set
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from animator.core.estimated import Estimate
from applications.errors import InvalidValue, Refused
from applications.models import Application
from applications.rest.body import Body
from applications.rest.calling import caller_of
from applications.rest.fields import Number, Whole
from applications.rest.validated import validated
from media_jobs.api.of_media import OfMedia
from media_jobs.jobs.answers import estimated
from media_jobs.library.selectors import one_media
from procedures.plan import PlanStep, mistakes_of_offsets, step
from templates_app.api import TemplateFieldsIn
from templates_app.rules import TemplateFields
from templates_app.selectors import template_for
from templates_app.services import proposed


class EstimateIn(Body[Estimate]):
    """Of which media, by which template, and what is to be otherwise than there."""

    file_id = serializers.CharField(max_length=64)
    definition = Whole(required=False, help_text="A template's id; without one the picture tells all, fps at least")
    picture = TemplateFieldsIn(required=False, help_text="Instead of what the template says")
    start = Number(default=0.0, help_text="As in a task flow's step")
    end = Number(default=0.0, help_text="As in a task flow's step")

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        offsets = {name: given.get(name, 0.0) for name in ("start", "end")}
        for name, sentence in mistakes_of_offsets(**offsets):
            yield InvalidValue(sentence, field=name)
        if "definition" not in said and "picture" not in said | given.keys():
            yield InvalidValue("Give a picture with a frame rate, or a template.", field="picture")


class EstimateOut(serializers.Serializer[Estimate]):
    bytes = serializers.IntegerField()
    low = serializers.IntegerField(help_text="It is no smaller, nine times of ten")
    high = serializers.IntegerField(help_text="It is no larger, nine times of ten")
    seconds = serializers.FloatField(help_text="Of work, on the machine that answers, as busy as it is")
    memory = serializers.IntegerField(help_text="Bytes that the work needs at most")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    ticks = serializers.IntegerField(help_text="How many times 1/fps it lasts")
    fps = serializers.IntegerField()
    share = serializers.FloatField(help_text="Of the picture, how much was made for this; 1: bytes are exact")
    beside = serializers.DictField(
        child=serializers.IntegerField(), help_text="Bytes of each file that is made beside it, about, by its kind"
    )


class Estimates(OfMedia):
    @extend_schema(
        summary="Tell how large a picture would be; 503 when too many ask at once",
        request=EstimateIn,
        responses=EstimateOut,
    )
    def post(self, request: Request) -> Response:
        application = caller_of(request).application
        asked = validated(request, EstimateIn)
        media = one_media(application, asked["file_id"])
        return Response(EstimateOut(estimated(media, _step(application, asked).order)).data)


def _step(application: Application, asked: dict[str, Any]) -> PlanStep:
    """Raises InvalidValue, NotFound."""
    template = template_for(application, asked["definition"]) if "definition" in asked else None
    picture = proposed(template, cast(TemplateFields, asked.get("picture", {})))
    return step(picture, start=asked["start"], end=asked["end"])
