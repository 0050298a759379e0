"""REST: /api/v1/procedures. A task flow's key is its name."""

from collections.abc import Iterator, Mapping, Set
from itertools import chain
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from animator.core.choice import mistakes as mistakes_of_choice
from applications.errors import InvalidValue
from applications.rest.body import Body
from applications.rest.calling import caller_of
from applications.rest.fields import Number, Whole
from applications.rest.validated import Nothing, validated
from procedures import services
from procedures.models import Procedure, ProcedureSnapshot, ProcedureStep
from procedures.plan import CHOICE_FIELDS, StepInput, choice_of, mistakes_of_offsets
from procedures.selectors import procedure_for, procedures_for
from procedures.services import MAX_COMMENT, MAX_NAME, MAX_STEPS, mistakes_of_parts
from procedures.snapshots import MAX_MOMENT, MAX_MOMENTS, SnapshotInput, mistakes_of_moments
from templates_app.snapshot_kinds import CHOICES, KINDS

_START = "Seconds; 0: from the beginning, n: from the n-th second, -n: from n seconds before the end"
_END = "Seconds; 0: to the end, n: to the n-th second, -n: to n seconds before the end"
_AUTO = "The best so many seconds between start and end are chosen: 0.5 to 60; 0: all between them"
_PIECES = "Instead: so many pieces, spread evenly between them, one after the other: 2 to 100; 0: all between them"
_PIECE = "Seconds of each piece, 0.1 to 60; 0: one picture of each"
_SKIP = "For these: percent of the whole video that are left out at this end"


class StepIn(Body[ProcedureStep]):
    """One animated image: a template, and the seconds of the video that it shows."""

    definition = Whole(help_text="The template's id")
    start = Number(default=0.0, help_text=_START)
    end = Number(default=0.0, help_text=_END)
    auto = Number(default=0.0, help_text=_AUTO)
    pieces = Whole(default=0, help_text=_PIECES)
    piece = Number(default=0.0, help_text=_PIECE)
    skip_first = Number(default=0.0, help_text=_SKIP)
    skip_last = Number(default=0.0, help_text=_SKIP)

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[InvalidValue]:
        offsets = {name: given.get(name, 0.0) for name in ("start", "end")}
        for name, sentence in chain(mistakes_of_choice(given), mistakes_of_offsets(**offsets)):
            yield InvalidValue(sentence, field=name)


class StepOut(serializers.ModelSerializer[ProcedureStep]):
    definition = serializers.IntegerField(source="template.definition")
    start = serializers.FloatField(source="start_offset", help_text=_START)
    end = serializers.FloatField(source="end_offset", help_text=_END)

    auto = serializers.FloatField(help_text=_AUTO)
    pieces = serializers.IntegerField(source="choice.pieces", help_text=_PIECES)
    piece = serializers.FloatField(source="choice.piece", help_text=_PIECE)

    class Meta:
        model = ProcedureStep
        fields = ["definition", "start", "end", "auto", "pieces", "piece", "skip_first", "skip_last"]


class SnapshotIn(Body[ProcedureSnapshot]):
    """Snapshots: a template of one of the kinds and, of the kind time, the moments that they show."""

    kind = serializers.ChoiceField(CHOICES)
    definition = Whole(help_text="The template's number")
    moments = serializers.ListField(
        child=serializers.CharField(max_length=MAX_MOMENT),
        default=list,
        max_length=MAX_MOMENTS,
        help_text="Like 3.5s or, of the duration, 10%",
    )

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[InvalidValue]:
        if "moments" in given:
            kind = KINDS.get(given.get("kind", ""))
            yield from mistakes_of_moments(given["moments"], kind=kind)


class SnapshotOut(serializers.ModelSerializer[ProcedureSnapshot]):
    kind = serializers.ChoiceField(CHOICES, source="template.kind")
    definition = serializers.IntegerField(source="template.definition")
    moments = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ProcedureSnapshot
        fields = ["kind", "definition", "moments"]


class ProcedureIn(Body[Procedure]):
    name = serializers.CharField(max_length=MAX_NAME)
    comment = serializers.CharField(default="", allow_blank=True, max_length=MAX_COMMENT)
    steps: serializers.ListSerializer[ProcedureStep] = serializers.ListSerializer(child=StepIn(), max_length=MAX_STEPS)
    snapshots: serializers.ListSerializer[ProcedureSnapshot] = serializers.ListSerializer(
        child=SnapshotIn(), required=False, max_length=MAX_STEPS, help_text="Left out of a change: as they are"
    )

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[InvalidValue]:
        if "steps" in given and ("snapshots" in given or "snapshots" not in said):
            yield from mistakes_of_parts((*given["steps"], *given.get("snapshots", ())))


class ProcedureReplacement(ProcedureIn):
    """The whole task flow anew; `name` only to rename it."""

    name = serializers.CharField(max_length=MAX_NAME, default="")

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[InvalidValue]:
        """There may be other parts, which stay."""
        return iter(())


class ProcedureOut(serializers.ModelSerializer[Procedure]):
    steps = StepOut(many=True)
    snapshots = SnapshotOut(many=True)

    class Meta:
        model = Procedure
        fields = ["name", "comment", "steps", "snapshots", "created_at", "updated_at"]


class ProcedureFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", help_text="Part of the name")

    class Meta:
        model = Procedure
        fields: list[str] = []


@extend_schema_view(list=extend_schema(summary="List task flows, newest first"))
class Procedures(ListModelMixin, GenericViewSet[Procedure]):
    queryset = Procedure.objects.none()
    serializer_class = ProcedureOut
    filterset_class = ProcedureFilter
    lookup_field = "name"
    lookup_value_regex = r"[^\x00]+"  # a name may hold any character, slashes too

    def get_queryset(self) -> QuerySet[Procedure]:
        return procedures_for(caller_of(self.request).application)

    def get_object(self) -> Procedure:
        return procedure_for(caller_of(self.request).application, self.kwargs["name"])

    @extend_schema(summary="Show a task flow")
    def retrieve(self, request: Request, name: str) -> Response:
        return Response(ProcedureOut(self.get_object()).data)

    @extend_schema(summary="Create a task flow", request=ProcedureIn, responses={201: ProcedureOut})
    def create(self, request: Request) -> Response:
        given = _given(request, ProcedureIn)
        made = services.create_procedure(application=caller_of(request).application, **given)
        return Response(ProcedureOut(made).data, status=201)

    @extend_schema(summary="Replace a task flow", request=ProcedureReplacement)
    def update(self, request: Request, name: str) -> Response:
        given = _given(request, ProcedureReplacement)
        changed = services.reset_procedure(procedure=self.get_object(), **given)
        return Response(ProcedureOut(self.get_queryset().get(pk=changed.pk)).data)

    @extend_schema(summary="Delete a task flow; what runs goes on")
    def destroy(self, request: Request, name: str) -> Response:
        services.delete_procedure(procedure=self.get_object())
        return Response(status=204)

    @extend_schema(summary="Copy a task flow", request=None, responses={201: ProcedureOut})
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, name: str) -> Response:
        validated(request, Nothing)
        made = services.clone_procedure(procedure=self.get_object())
        return Response(ProcedureOut(made).data, status=201)


def _given(request: Request, fields: type[ProcedureIn]) -> dict[str, Any]:
    given = validated(request, fields)
    if "snapshots" in given:
        given["snapshots"] = snapshot_inputs(given["snapshots"])
    return {**given, "steps": [step_input(step) for step in given["steps"]]}


def step_input(given: Mapping[str, Any]) -> StepInput:
    """Of a StepIn, or one with more fields of StepInput. Raises InvalidValue."""
    choice = {name: given[name] for name in CHOICE_FIELDS}
    rest = {name: value for name, value in given.items() if name not in choice}
    return StepInput(choice=choice_of(**choice), **rest)


def snapshot_inputs(given: list[dict[str, Any]]) -> list[SnapshotInput]:
    return [SnapshotInput(one["kind"], one["definition"], tuple(one["moments"])) for one in given]
