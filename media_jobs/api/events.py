"""REST: /api/v1/events, the reliable queue, deliveries, and /api/v1/event-config."""

from collections.abc import Iterator, Set
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from applications.errors import Conflict, Refused
from applications.models import Application
from applications.rest.body import Body
from applications.rest.calling import caller_of
from applications.rest.fields import Flag, Number
from applications.rest.moments import MomentFilter
from applications.rest.validated import Nothing, validated
from media_jobs.events.selectors import deliveries_for, event_config_of, events_for, one_event, queue_state
from media_jobs.events.services import (
    MAX_CONFIRM,
    PULL_SECONDS,
    EventConfigFields,
    confirm_events,
    handle_of,
    mistakes,
    modify_event_config,
    pull_events,
    resume_deliveries,
    send_again,
    send_failed_again,
    send_test_event,
)
from media_jobs.models import Delivery, Event, EventConfig
from media_jobs.outbound import MAX_URL


class NotPulling(Conflict):
    """The application is in PUSH mode, where the queue hands out nothing."""


class EventOut(serializers.ModelSerializer[Event]):
    """`id` stays the same however often the event is delivered; it is the webhook-id of callbacks."""

    id = serializers.SerializerMethodField()
    content = serializers.JSONField(help_text="EventContent, as callbacks and PullEvents carry it")

    class Meta:
        model = Event
        fields = [
            "id",
            "uid",
            "type",
            "subject",
            "transition",
            "created_at",
            "attempts",
            "next_at",
            "settled_at",
            "content",
        ]

    def get_id(self, event: Event) -> str:
        return f"evt_{event.uid.hex}"


class PulledEvent(EventOut):
    handle = serializers.SerializerMethodField(help_text="To confirm with, within 30 seconds; new at each hand-out")

    class Meta(EventOut.Meta):
        fields = [*EventOut.Meta.fields, "handle"]

    def get_handle(self, event: Event) -> str:
        return handle_of(event)


class DeliveryOut(serializers.ModelSerializer[Delivery]):
    """One try to push an event; `error` is empty when it arrived."""

    event = serializers.UUIDField(source="event.uid")

    class Meta:
        model = Delivery
        fields = [
            "event",
            "url",
            "started_at",
            "seconds",
            "status",
            "error",
            "request_headers",
            "response_headers",
            "response_body",
        ]


class EventDetail(EventOut):
    deliveries = serializers.SerializerMethodField()

    class Meta(EventOut.Meta):
        fields = [*EventOut.Meta.fields, "deliveries"]

    @extend_schema_field(DeliveryOut(many=True))
    def get_deliveries(self, event: Event) -> list[dict[str, object]]:
        return list(DeliveryOut(event.deliveries.select_related("event"), many=True).data)


class QueueStateOut(serializers.Serializer[Any]):
    open = serializers.IntegerField(help_text="Events that no receiver has yet")
    to_pull = serializers.IntegerField(help_text="Those that a pull would hand out now")
    out = serializers.IntegerField(help_text="Handed out, neither confirmed nor expired")
    given_up = serializers.IntegerField(help_text="Every retry failed; they can be sent again, or pulled")
    oldest = serializers.DateTimeField(allow_null=True)


class WaitIn(serializers.Serializer[Any]):
    wait = Number(default=PULL_SECONDS, min_value=0, max_value=PULL_SECONDS, help_text="Seconds to hold on for")


class ConfirmIn(serializers.Serializer[Any]):
    handles = serializers.ListField(child=serializers.CharField(max_length=200), min_length=1, max_length=MAX_CONFIRM)


class TestIn(serializers.Serializer[Any]):
    type = serializers.ChoiceField(Event.Type.choices)


class SinceIn(serializers.Serializer[Any]):
    since = serializers.DateTimeField()


class ConfigIn(Body[EventConfig]):
    """Whatever is left out stays."""

    mode = serializers.ChoiceField(EventConfig.Mode.choices, required=False)
    notification_url = serializers.CharField(required=False, allow_blank=True, max_length=MAX_URL)
    sign_key = serializers.CharField(required=False, allow_blank=True, max_length=32, help_text="Letters and digits")
    upload_complete = Flag(required=False)
    delete_complete = Flag(required=False)
    persistence_complete = Flag(required=False)
    with_earlier = Flag(
        default=False, help_text="With the first callback URL: send also the events of the days before that nobody has"
    )

    def mistakes(self, given: dict[str, Any], *, said: Set[str]) -> Iterator[Refused]:
        return mistakes(given)


class ConfigOut(serializers.ModelSerializer[EventConfig]):
    """The sign key and the webhook secret are not told; an owner sees the secret in the console."""

    class Meta:
        model = EventConfig
        fields = [
            "mode",
            "notification_url",
            "upload_complete",
            "delete_complete",
            "persistence_complete",
            "failures",
            "failing_since",
            "paused_until",
            "last_success_at",
            "disabled_at",
            "disabled_because",
        ]


class EventFilter(django_filters.FilterSet):
    type = django_filters.ChoiceFilter(choices=Event.Type.choices)
    subject = django_filters.CharFilter(help_text="A FileId or TaskId")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = Event
        fields: list[str] = []


@extend_schema_view(list=extend_schema(summary="List events of the last four days, newest first"))
class Events(ListModelMixin, GenericViewSet[Event]):
    queryset = Event.objects.none()
    serializer_class = EventOut
    filterset_class = EventFilter
    lookup_field = "uid"
    lookup_value_regex = r"[0-9A-Fa-f-]{32,36}"

    def get_queryset(self) -> QuerySet[Event]:
        return events_for(self._application)

    def get_object(self) -> Event:
        return one_event(self._application, self.kwargs["uid"])

    @property
    def _application(self) -> Application:
        return caller_of(self.request).application

    @extend_schema(summary="Show an event with its deliveries", responses=EventDetail)
    def retrieve(self, request: Request, uid: str) -> Response:
        return Response(EventDetail(self.get_object()).data)

    @extend_schema(summary="Send an event again", request=None, responses=EventDetail)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, uid: str) -> Response:
        validated(request, Nothing)
        send_again(event=self.get_object())
        return Response(EventDetail(self.get_object()).data)

    @extend_schema(summary="Send all that failed since again", request=SinceIn, responses=QueueStateOut)
    @action(detail=False, methods=["post"], url_path="replay-failed")
    def replay_failed(self, request: Request) -> Response:
        send_failed_again(application=self._application, since=validated(request, SinceIn)["since"])
        return self._state()

    @extend_schema(summary="Pull up to 16 events (reliable callback)", request=WaitIn, responses=PulledEvent(many=True))
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def pull(self, request: Request) -> Response:
        wait = validated(request, WaitIn)["wait"]
        if event_config_of(self._application).mode != EventConfig.Mode.PULL:
            raise NotPulling("Events of this application are pushed. Set the mode to PULL first.")
        events = pull_events(application=self._application, wait=wait)
        return Response(PulledEvent(events, many=True).data)

    @extend_schema(summary="Confirm up to 16 pulled events", request=ConfirmIn, responses={204: None})
    @action(detail=False, methods=["post"])
    def confirm(self, request: Request) -> Response:
        confirm_events(application=self._application, handles=validated(request, ConfirmIn)["handles"])
        return Response(status=204)

    @extend_schema(summary="Send a sample event", request=TestIn, responses={201: EventDetail})
    @action(detail=False, methods=["post"])
    def test(self, request: Request) -> Response:
        event = send_test_event(application=self._application, type=validated(request, TestIn)["type"])
        return Response(EventDetail(event).data, status=201)

    @extend_schema(summary="How full the queue is", responses=QueueStateOut)
    @action(detail=False, pagination_class=None, filterset_class=None)
    def state(self, request: Request) -> Response:
        return self._state()

    def _state(self) -> Response:
        return Response(QueueStateOut(queue_state(self._application)).data)


@extend_schema_view(list=extend_schema(summary="List deliveries, newest first"))
class Deliveries(ListModelMixin, GenericViewSet[Delivery]):
    queryset = Delivery.objects.none()
    serializer_class = DeliveryOut

    def get_queryset(self) -> QuerySet[Delivery]:
        return deliveries_for(caller_of(self.request).application)


class EventSettings(APIView):
    @extend_schema(summary="How events are told", responses=ConfigOut)
    def get(self, request: Request) -> Response:
        return Response(ConfigOut(event_config_of(caller_of(request).application)).data)

    @extend_schema(summary="Change how events are told", request=ConfigIn, responses=ConfigOut)
    def patch(self, request: Request) -> Response:
        asked, application = validated(request, ConfigIn), caller_of(request).application
        with_earlier = asked.pop("with_earlier")
        fields = EventConfigFields(**asked)  # type: ignore[typeddict-item]  # the serializer has the same names
        config = modify_event_config(application=application, fields=fields, with_earlier=with_earlier)
        return Response(ConfigOut(config).data)


class ResumeDeliveries(APIView):
    @extend_schema(summary="Switch deliveries on again after a repair", request=None, responses=QueueStateOut)
    def post(self, request: Request) -> Response:
        validated(request, Nothing)
        application = caller_of(request).application
        resume_deliveries(application=application)
        return Response(QueueStateOut(queue_state(application)).data)
