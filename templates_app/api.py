"""REST: /api/v1/templates. Serializers translate; rules.py and services.py decide."""

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from applications.rest.calling import caller_of
from applications.rest.fields import Flag, Number, Whole
from applications.rest.validated import validated_as
from templates_app import rules, services
from templates_app.models import AnimatedImageTemplate, TemplateQuerySet
from templates_app.selectors import template_for, templates_for

_SIZE = "Pixels, 128 to 4096; 0 follows the source"


class TemplateFieldsIn(serializers.Serializer[AnimatedImageTemplate]):
    """What the picture looks like; whatever is left out keeps its default, or at a change its value."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=rules.MAX_NAME)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=rules.MAX_COMMENT)
    format = serializers.ChoiceField(rules.FORMATS, required=False)
    width = Whole(required=False, help_text=_SIZE)
    height = Whole(required=False, help_text=_SIZE)
    resolution_adaptive = Flag(required=False, help_text="width is the long side and height the short one")
    fps = Whole(required=False, help_text="Frames a second, 1 to 60; required for a new template")
    quality = Number(required=False, help_text="1 to 100")
    score = Flag(
        required=False, help_text="Measure how close the picture is to the source: about a second decode of the segment"
    )


class TemplateOut(serializers.ModelSerializer[AnimatedImageTemplate]):
    preset = serializers.BooleanField(source="is_preset")

    class Meta:
        model = AnimatedImageTemplate
        fields = [
            "definition",
            "name",
            "comment",
            "format",
            "width",
            "height",
            "resolution_adaptive",
            "fps",
            "quality",
            "score",
            "preset",
            "created_at",
            "updated_at",
        ]


class TemplateFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", help_text="Part of the name")
    format = django_filters.ChoiceFilter(choices=AnimatedImageTemplate.Format.choices)
    preset = django_filters.BooleanFilter(field_name="application", lookup_expr="isnull")

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
        template = services.create_template(application=application, fields=_fields(request))
        return Response(TemplateOut(template).data, status=201)

    @extend_schema(summary="Change some fields of a template", request=TemplateFieldsIn)
    def partial_update(self, request: Request, definition: str) -> Response:
        template = services.modify_template(template=self.get_object(), fields=_fields(request))
        return Response(TemplateOut(template).data)

    @extend_schema(summary="Delete a template that no task flow uses")
    def destroy(self, request: Request, definition: str) -> Response:
        services.delete_template(template=self.get_object())
        return Response(status=204)

    @extend_schema(summary="Copy a template or preset", request=None, responses={201: TemplateOut})
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, definition: str) -> Response:
        application = caller_of(request).application
        template = services.clone_template(template=self.get_object(), application=application)
        return Response(TemplateOut(template).data, status=201)


def _fields(request: Request) -> rules.TemplateFields:
    return validated_as(request, TemplateFieldsIn, rules.TemplateFields)
