"""REST: /api/v1/templates. Serializers translate; rules.py and services.py decide."""

from collections.abc import Iterator, Set
from typing import Any, cast

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from animator.core.framing import ANCHORS, FITS
from animator.core.playback import LOOPS
from applications.errors import Refused
from applications.rest.body import Body
from applications.rest.calling import caller_of
from applications.rest.fields import Flag, Number, Whole
from applications.rest.filters import FlagFilter
from applications.rest.validated import Nothing, validated
from templates_app import rules, services
from templates_app.models import AnimatedImageTemplate, TemplateQuerySet
from templates_app.selectors import template_for, templates_for

_SIZE = "Pixels, 128 to 4096; 0 follows the source"


class TemplateFieldsIn(Body[AnimatedImageTemplate]):
    """What the picture looks like; whatever is left out keeps its default, or at a change its value."""

    sizes = rules.SIZES_OF_CHANGES

    name = serializers.CharField(required=False, allow_blank=True, max_length=rules.MAX_NAME)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=rules.MAX_COMMENT)
    format = serializers.ChoiceField(rules.FORMATS, required=False)
    width = Whole(required=False, help_text=_SIZE)
    height = Whole(required=False, help_text=_SIZE)
    resolution_adaptive = Flag(required=False, help_text="width is the long side and height the short one")
    fps = Whole(required=False, help_text="Frames a second, 1 to 60; required for a new template")
    quality = Number(required=False, help_text="1 to 100")
    effort = Whole(required=False, help_text="1 fast, 2 balanced, 3 best: fewer bytes of the same look")
    score = Flag(
        required=False, help_text="Measure how close the picture is to the source: about a second decode of the segment"
    )
    max_bytes = Whole(required=False, help_text="The file is no larger: 1000 to 1073741824 bytes; 0: any")
    least_quality = Number(required=False, help_text="How far it may give way for max_bytes; 0: 30")
    least_fps = Whole(required=False, help_text="Likewise; 0: 5")
    least_edge = Whole(required=False, help_text="Likewise, the long side in pixels; 0: 128")
    give_way = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=32,
        help_text="What gives way for max_bytes, in this order; what isn't named stays. Empty: quality,fps,size",
    )
    crop = serializers.CharField(
        required=False, allow_blank=True, max_length=23, help_text="x,y,width,height in pixels, or an aspect: 16:9"
    )
    anchor = serializers.ChoiceField(list(ANCHORS), required=False, help_text="Where the part of an aspect lies")
    fit = serializers.ChoiceField(
        FITS, required=False, help_text="Another shape than width by height is distorted, cut or gets bars"
    )
    background = serializers.CharField(
        required=False, allow_blank=True, max_length=11, help_text="Of bars: #rrggbb or transparent. Empty: black"
    )
    trim_borders = Flag(
        required=False, help_text="Leave out bars of one colour around the video, before anything is cropped"
    )
    loop = serializers.ChoiceField(
        LOOPS, required=False, help_text="Cut from end to beginning, the same where it is seen least, or there and back"
    )
    slack = Number(required=False, help_text="Seconds by which the best loop may move start and end, 0.1 to 2; 0: 0.5")
    crossfade = Number(required=False, help_text="Seconds in which the end turns into the beginning, 0.1 to 1; 0: none")
    loop_count = Whole(required=False, help_text="How often it plays, 1 to 100; 0: for ever")
    speed = Number(required=False, help_text="How fast it plays, 0.25 to 4")
    reverse = Flag(required=False, help_text="The last picture first")
    siblings = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=48,
        help_text="Also made, of the same pictures: webp,gif,avif,apng,mp4,webm,poster,poster-webp, by commas",
    )
    within_source = Flag(
        required=False,
        help_text="Never larger than the source: gives way as for max_bytes; larger siblings are left out",
    )

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        return rules.mistakes(given, sizes=self.sizes)


class NewTemplateIn(TemplateFieldsIn):
    sizes = rules.SIZES

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        yield from super().mistakes(given, said=said)
        yield from rules.mistakes_of_new(given)


class PictureIn(TemplateFieldsIn):
    """What one run has instead of what its templates say."""

    name = None  # type: ignore[assignment]  # a run has none
    comment = None  # type: ignore[assignment]


class TemplateOut(serializers.ModelSerializer[AnimatedImageTemplate]):
    preset = serializers.BooleanField(source="is_preset")

    class Meta:
        model = AnimatedImageTemplate
        fields = ["definition", *rules.FIELDS, "preset", "created_at", "updated_at"]


class TemplateFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", help_text="Part of the name")
    format = django_filters.ChoiceFilter(choices=AnimatedImageTemplate.Format.choices)
    preset = FlagFilter(field_name="application", lookup_expr="isnull")

    class Meta:
        model = AnimatedImageTemplate
        fields: list[str] = []


@extend_schema_view(list=extend_schema(summary="List templates, the presets among them"))
class Templates(ListModelMixin, GenericViewSet[AnimatedImageTemplate]):
    queryset = AnimatedImageTemplate.objects.none()
    serializer_class = TemplateOut
    filterset_class = TemplateFilter
    lookup_field = "definition"
    lookup_value_regex = r"[0-9]{1,9}"

    def get_queryset(self) -> TemplateQuerySet:
        return templates_for(caller_of(self.request).application)

    def get_object(self) -> AnimatedImageTemplate:
        return template_for(caller_of(self.request).application, int(self.kwargs["definition"]))

    @extend_schema(summary="Show a template")
    def retrieve(self, request: Request, definition: str) -> Response:
        return Response(TemplateOut(self.get_object()).data)

    @extend_schema(summary="Create a template", request=TemplateFieldsIn, responses={201: TemplateOut})
    def create(self, request: Request) -> Response:
        application = caller_of(request).application
        template = services.create_template(application=application, fields=_fields(request, NewTemplateIn))
        return Response(TemplateOut(template).data, status=201)

    @extend_schema(summary="Change some fields of a template", request=TemplateFieldsIn)
    def partial_update(self, request: Request, definition: str) -> Response:
        fields = _fields(request, TemplateFieldsIn)
        template = services.modify_template(template=self.get_object(), fields=fields)
        return Response(TemplateOut(template).data)

    @extend_schema(summary="Delete a template that no task flow uses")
    def destroy(self, request: Request, definition: str) -> Response:
        services.delete_template(template=self.get_object())
        return Response(status=204)

    @extend_schema(summary="Copy a template or preset", request=None, responses={201: TemplateOut})
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, definition: str) -> Response:
        validated(request, Nothing)
        application = caller_of(request).application
        template = services.clone_template(template=self.get_object(), application=application)
        return Response(TemplateOut(template).data, status=201)


def _fields(request: Request, fields: type[TemplateFieldsIn]) -> rules.TemplateFields:
    return cast(rules.TemplateFields, validated(request, fields))
