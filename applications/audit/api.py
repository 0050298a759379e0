"""REST: /api/v1/audit, who changed what in the application."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from applications.audit.entries import audit_entries_for
from applications.models import AuditEntry
from applications.rest.calling import caller_of
from applications.rest.moments import MomentFilter
from applications.roles import Role


class AuditOut(serializers.ModelSerializer[AuditEntry]):
    """`credential` is the SecretId or the beginning of the token that was shown, empty for a console session."""

    class Meta:
        model = AuditEntry
        fields = ["at", "who", "credential", "door", "action", "subject", "address"]


class AuditFilter(django_filters.FilterSet):
    who = django_filters.CharFilter(help_text="A person's name")
    credential = django_filters.CharFilter(help_text="A SecretId, or the beginning of a token")
    action = django_filters.CharFilter()
    after = MomentFilter(field_name="at", lookup_expr="gte")
    before = MomentFilter(field_name="at", lookup_expr="lte")

    class Meta:
        model = AuditEntry
        fields: list[str] = []


class AuditLog(ListAPIView[AuditEntry]):
    read_role = Role.OWNER
    queryset = AuditEntry.objects.none()
    serializer_class = AuditOut
    filterset_class = AuditFilter

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return audit_entries_for(caller_of(self.request).application)

    @extend_schema(summary="List who changed what, newest first", operation_id="audit_list")
    def get(self, request: Request) -> Response:
        return self.list(request)
