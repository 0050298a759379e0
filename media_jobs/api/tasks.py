"""REST: /api/v1/tasks."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from applications.models import Application
from applications.rest.calling import caller_of
from applications.rest.moments import MomentFilter
from applications.rest.validated import Nothing, validated
from media_jobs.api.of_media import FileIdFilter
from media_jobs.api.outputs import OutputOut
from media_jobs.api.snapshots import SnapshotSetOut
from media_jobs.jobs.selectors import Outcome, in_outcome, jobs_of, one_task, tasks_for, with_outcome
from media_jobs.jobs.services import cancel_task, retry_task
from media_jobs.long_poll import wait_for_change
from media_jobs.models import Job, ProcedureTask
from media_jobs.states import TaskStatus


class TaskOut(serializers.ModelSerializer[ProcedureTask]):
    """`status` is the cloud's, whose FINISH covers failures too; `outcome` says how it really went."""

    file_id = serializers.CharField(source="media.file_id")
    outcome = serializers.ChoiceField(Outcome.choices)
    images = serializers.IntegerField(help_text="Parts that were asked for")
    made = serializers.IntegerField(help_text="Those that were made")
    progress = serializers.IntegerField(help_text="0 to 100")

    class Meta:
        model = ProcedureTask
        fields = [
            "task_id",
            "file_id",
            "procedure",
            "status",
            "outcome",
            "images",
            "made",
            "progress",
            "priority",
            "notify_mode",
            "session_id",
            "session_context",
            "created_at",
            "began_at",
            "finished_at",
        ]


class JobOut(serializers.ModelSerializer[Job]):
    """One part of a task: an animated image, cover or set of snapshots."""

    start = serializers.FloatField(
        source="plan.start", default=None, allow_null=True, help_text="As asked for, seconds"
    )
    end = serializers.FloatField(source="plan.end", default=None, allow_null=True)
    auto = serializers.FloatField(
        source="plan.choice.auto", default=0.0, help_text="The best so many seconds between them; 0: all"
    )
    pieces = serializers.IntegerField(
        source="plan.choice.pieces", default=0, help_text="So many pieces spread between them; 0: all"
    )
    piece = serializers.FloatField(source="plan.choice.piece", default=0.0, help_text="Seconds of each; 0: a picture")
    changed = serializers.JSONField(
        source="plan.changed", default=dict, help_text="What this run had instead of its template's values"
    )
    output = serializers.SerializerMethodField()
    snapshots = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = [
            "kind",
            "position",
            "definition",
            "start",
            "end",
            "auto",
            "pieces",
            "piece",
            "changed",
            "state",
            "progress",
            "err_code",
            "message",
            "attempts",
            "began_at",
            "finished_at",
            "output",
            "snapshots",
        ]

    @extend_schema_field(SnapshotSetOut(allow_null=True))
    def get_snapshots(self, job: Job) -> dict[str, object] | None:
        return dict(SnapshotSetOut(job.snapshots).data) if hasattr(job, "snapshots") else None

    @extend_schema_field(OutputOut(allow_null=True))
    def get_output(self, job: Job) -> dict[str, object] | None:
        return dict(OutputOut(job.output).data) if hasattr(job, "output") else None


class TaskDetail(TaskOut):
    jobs = serializers.SerializerMethodField()

    class Meta(TaskOut.Meta):
        fields = [*TaskOut.Meta.fields, "jobs"]

    @extend_schema_field(JobOut(many=True))
    def get_jobs(self, task: ProcedureTask) -> list[dict[str, object]]:
        made = [f"{name}__{of}" for name in ("output", "snapshots") for of in ("media", "job__task")]
        jobs = jobs_of(task).select_related(*made).prefetch_related("output__siblings")
        return list(JobOut(jobs, many=True).data)


class WaitIn(serializers.Serializer[ProcedureTask]):
    wait = serializers.FloatField(
        default=0, min_value=0, max_value=30, help_text="Seconds to hold the answer until something changes"
    )


class TaskFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=TaskStatus.choices)
    outcome = django_filters.ChoiceFilter(choices=Outcome.choices, method="in_outcome")
    file_id = FileIdFilter(field_name="media__file_id")
    procedure = django_filters.CharFilter()
    session_id = django_filters.CharFilter()
    batch = django_filters.UUIDFilter(field_name="batch")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = ProcedureTask
        fields: list[str] = []

    def in_outcome(self, tasks: QuerySet[ProcedureTask], _: str, outcome: str) -> QuerySet[ProcedureTask]:
        return in_outcome(tasks, outcome)


@extend_schema_view(list=extend_schema(summary="List tasks, newest first"))
class Tasks(ListModelMixin, GenericViewSet[ProcedureTask]):
    queryset = ProcedureTask.objects.none()
    serializer_class = TaskOut
    filterset_class = TaskFilter
    lookup_field = "task_id"
    query_fields = {"retrieve": WaitIn}
    lookup_value_regex = r"[A-Za-z0-9-]{1,80}"

    def get_queryset(self) -> QuerySet[ProcedureTask]:
        return with_outcome(tasks_for(self._application))

    def get_object(self) -> ProcedureTask:
        return one_task(self._application, self.kwargs["task_id"])

    @property
    def _application(self) -> Application:
        return caller_of(self.request).application

    @extend_schema(summary="Show a task with its jobs", parameters=[WaitIn], responses=TaskDetail)
    def retrieve(self, request: Request, task_id: str) -> Response:
        asked = WaitIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        task = self.get_object()
        wait_for_change(task, seconds=asked.validated_data["wait"])
        return self._shown(task)

    @extend_schema(summary="Cancel a task", request=None, responses=TaskDetail)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, task_id: str) -> Response:
        validated(request, Nothing)
        task = self.get_object()
        cancel_task(task=task)
        return self._shown(task)

    @extend_schema(summary="Try again what failed or was cancelled", request=None, responses={201: TaskDetail})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, task_id: str) -> Response:
        validated(request, Nothing)
        return self._shown(retry_task(task=self.get_object()), status=201)

    def _shown(self, task: ProcedureTask, *, status: int = 200) -> Response:
        return Response(TaskDetail(self.get_queryset().get(pk=task.pk)).data, status=status)
