"""REST: /api/v1/procedures. A task flow's key is its name."""

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

from applications.rest.calling import caller_of
from applications.rest.fields import Number, Whole
from applications.rest.validated import validated
from procedures import services
from procedures.models import Procedure, ProcedureStep
from procedures.plan import StepInput
from procedures.selectors import procedure_for, procedures_for
from procedures.services import MAX_COMMENT, MAX_NAME, MAX_STEPS

_START = "Seconds; 0: from the beginning, n: from the n-th second, -n: from n seconds before the end"
_END = "Seconds; 0: to the end, n: to the n-th second, -n: to n seconds before the end"


class StepIn(serializers.Serializer[ProcedureStep]):
    """One animated image: a template, and the seconds of the video that it shows."""

    definition = Whole(help_text="The template's id")
    start = Number(default=0.0, help_text=_START)
    end = Number(default=0.0, help_text=_END)


class StepOut(serializers.ModelSerializer[ProcedureStep]):
    definition = serializers.IntegerField(source="template.definition")
    start = serializers.FloatField(source="start_offset", help_text=_START)
    end = serializers.FloatField(source="end_offset", help_text=_END)

    class Meta:
        model = ProcedureStep
        fields = ["definition", "start", "end"]


class ProcedureIn(serializers.Serializer[Procedure]):
    name = serializers.CharField(max_length=MAX_NAME)
    comment = serializers.CharField(default="", allow_blank=True, max_length=MAX_COMMENT)
    steps: serializers.ListSerializer[ProcedureStep] = serializers.ListSerializer(child=StepIn(), max_length=MAX_STEPS)


class ProcedureReplacement(ProcedureIn):
    """The whole task flow anew; `name` only to rename it."""

    name = serializers.CharField(max_length=MAX_NAME, default="")


class ProcedureOut(serializers.ModelSerializer[Procedure]):
    steps = StepOut(many=True)

    class Meta:
        model = Procedure
        fields = ["name", "comment", "steps", "created_at", "updated_at"]


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
        made = services.clone_procedure(procedure=self.get_object())
        return Response(ProcedureOut(made).data, status=201)


def _given(request: Request, fields: type[ProcedureIn]) -> dict[str, Any]:
    given = validated(request, fields)
    return {**given, "steps": [StepInput(**step) for step in given["steps"]]}
