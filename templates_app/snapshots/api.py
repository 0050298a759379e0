"""REST: /api/v1/snapshot-templates. A template's key is its kind and its number, `sprite-10`."""

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

from applications.errors import NotFound, Refused
from applications.rest.body import Body
from applications.rest.calling import caller_of
from applications.rest.fields import Flag, Whole
from applications.rest.filters import FlagFilter
from applications.rest.validated import Nothing, validated
from templates_app.rules import MAX_COMMENT, MAX_NAME
from templates_app.services import delete_template
from templates_app.snapshot_kinds import CHOICES, KINDS
from templates_app.snapshot_template import SnapshotTemplate, SnapshotTemplateQuerySet
from templates_app.snapshots.rules import SnapshotFields, fields_of, mistakes, strangers
from templates_app.snapshots.selectors import snapshot_template_for
from templates_app.snapshots.services import (
    clone_snapshot_template,
    create_snapshot_template,
    modify_snapshot_template,
)

_SIZE = "Pixels of one picture, 32 to 4096; 0 follows the source"
_FILL = "What a picture of another shape than the source's is filled with"
_SAMPLED = "Of sample and sprite, and required there"
_SHEET = "Of a sheet, 1 to 100; of sprite, and required there"


class SnapshotTemplateFieldsIn(Body[SnapshotTemplate]):
    """What the pictures look like; whatever is left out keeps its default, or at a change its value."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=MAX_NAME)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=MAX_COMMENT)
    format = serializers.ChoiceField(SnapshotTemplate.Format.choices, required=False)
    width = Whole(required=False, help_text=_SIZE)
    height = Whole(required=False, help_text=_SIZE)
    resolution_adaptive = Flag(required=False, help_text="width is the long side and height the short one")
    fill_type = serializers.ChoiceField(SnapshotTemplate.Fill.choices, required=False, help_text=_FILL)
    sample_type = serializers.ChoiceField(SnapshotTemplate.Sampling.choices, required=False, help_text=_SAMPLED)
    sample_interval = Whole(required=False, help_text="1 to 100 per cent, or 1 to 86400 seconds")
    rows = Whole(required=False, help_text=_SHEET)
    columns = Whole(required=False, help_text=_SHEET)

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        return _mistakes(given, before=self.context["template"])


class SnapshotTemplateIn(SnapshotTemplateFieldsIn):
    kind = serializers.ChoiceField(CHOICES)

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        fields = {name: value for name, value in given.items() if name != "kind"}
        return _mistakes(fields, before=SnapshotTemplate(kind=given["kind"]) if "kind" in given else None)


def _mistakes(given: dict[str, Any], *, before: SnapshotTemplate | None) -> Iterator[Refused]:
    """Of the template as it would be; without one, of what can be said of any kind."""
    if before is None:
        yield from mistakes(given)
        return
    names = fields_of(before.sort)
    yield from strangers(before.sort, given)
    yield from mistakes({name: given.get(name, getattr(before, name)) for name in names})


class SnapshotTemplateOut(serializers.ModelSerializer[SnapshotTemplate]):
    """Fields that the kind has no use for are 0 or empty."""

    id = serializers.CharField(source="key", help_text="Kind and number")
    preset = serializers.BooleanField(source="is_preset")

    class Meta:
        model = SnapshotTemplate
        fields = [
            "id",
            "kind",
            "definition",
            "name",
            "comment",
            "format",
            "width",
            "height",
            "resolution_adaptive",
            "fill_type",
            "sample_type",
            "sample_interval",
            "rows",
            "columns",
            "preset",
            "created_at",
            "updated_at",
        ]


class SnapshotTemplateFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=CHOICES)
    name = django_filters.CharFilter(lookup_expr="icontains", help_text="Part of the name")
    preset = FlagFilter(field_name="application", lookup_expr="isnull")

    class Meta:
        model = SnapshotTemplate
        fields: list[str] = []


@extend_schema_view(list=extend_schema(summary="List snapshot templates, the presets among them"))
class SnapshotTemplates(ListModelMixin, GenericViewSet[SnapshotTemplate]):
    queryset = SnapshotTemplate.objects.none()
    serializer_class = SnapshotTemplateOut
    filterset_class = SnapshotTemplateFilter
    lookup_field = "id"
    lookup_value_regex = r"[a-z]{1,8}-[0-9]{1,9}"

    def get_queryset(self) -> SnapshotTemplateQuerySet:
        return SnapshotTemplate.objects.usable_in(caller_of(self.request).application)

    def get_object(self) -> SnapshotTemplate:
        name, _, definition = self.kwargs["id"].partition("-")
        kind = KINDS.get(name)
        if kind is None:
            raise NotFound(f"There is no kind of snapshots called {name}.", field="kind")
        return snapshot_template_for(caller_of(self.request).application, kind, int(definition))

    def _if_there(self) -> SnapshotTemplate | None:
        try:
            return self.get_object()
        except NotFound:
            return None

    @extend_schema(summary="Show a snapshot template")
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(SnapshotTemplateOut(self.get_object()).data)

    @extend_schema(
        summary="Create a snapshot template", request=SnapshotTemplateIn, responses={201: SnapshotTemplateOut}
    )
    def create(self, request: Request) -> Response:
        given = validated(request, SnapshotTemplateIn)
        kind = KINDS[given.pop("kind")]
        template = create_snapshot_template(
            application=caller_of(request).application, kind=kind, fields=cast(SnapshotFields, given)
        )
        return Response(SnapshotTemplateOut(template).data, status=201)

    @extend_schema(summary="Change some fields of a snapshot template", request=SnapshotTemplateFieldsIn)
    def partial_update(self, request: Request, id: str) -> Response:
        template = self._if_there()
        given = cast(SnapshotFields, validated(request, SnapshotTemplateFieldsIn, template=template))
        changed = modify_snapshot_template(template=template or self.get_object(), fields=given)
        return Response(SnapshotTemplateOut(changed).data)

    @extend_schema(summary="Delete a snapshot template that no task flow uses")
    def destroy(self, request: Request, id: str) -> Response:
        delete_template(template=self.get_object())
        return Response(status=204)

    @extend_schema(summary="Copy a snapshot template or preset", request=None, responses={201: SnapshotTemplateOut})
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, id: str) -> Response:
        validated(request, Nothing)
        application = caller_of(request).application
        template = clone_snapshot_template(template=self.get_object(), application=application)
        return Response(SnapshotTemplateOut(template).data, status=201)
