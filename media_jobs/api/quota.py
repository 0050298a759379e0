"""REST: /api/v1/quota, what an application may use and uses."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applications.errors import Forbidden
from applications.models import Application
from applications.quotas import FIELDS, MOST, quota_of, set_quota
from applications.rest.calling import caller_of
from applications.rest.fields import Whole
from applications.rest.validated import validated
from applications.roles import Role
from media_jobs.jobs.quotas import Usage


class UsedOut(serializers.Serializer[Usage]):
    bytes = serializers.IntegerField(help_text="Of media, pictures and uploads under way")
    pictures = serializers.IntegerField(help_text="Asked for within 24 hours")
    jobs = serializers.IntegerField(help_text="That wait")


class QuotaOut(serializers.Serializer[dict[str, Any]]):
    """0 stands for no limit."""

    max_bytes = serializers.IntegerField()
    max_pictures_a_day = serializers.IntegerField()
    max_jobs_waiting = serializers.IntegerField()
    max_requests_a_second = serializers.IntegerField(help_text="Of one API 3.0 action, and of REST")
    used = UsedOut()


class QuotaIn(serializers.Serializer[Application]):
    """What is left out stays; null: as for all applications; 0: none."""

    max_bytes = Whole(required=False, allow_null=True, min_value=0, max_value=MOST["max_bytes"])
    max_pictures_a_day = Whole(required=False, allow_null=True, min_value=0, max_value=MOST["max_pictures_a_day"])
    max_jobs_waiting = Whole(required=False, allow_null=True, min_value=0, max_value=MOST["max_jobs_waiting"])
    max_requests_a_second = Whole(required=False, allow_null=True, min_value=0, max_value=MOST["max_requests_a_second"])


class QuotaView(APIView):
    write_role = Role.OWNER

    @extend_schema(summary="Show the quotas and what is used of them", responses=QuotaOut)
    def get(self, request: Request) -> Response:
        return _told(caller_of(request).application)

    @extend_schema(summary="Change the quotas (administrators)", request=QuotaIn, responses=QuotaOut)
    def patch(self, request: Request) -> Response:
        caller = caller_of(request)
        if not caller.user.is_superuser:
            raise Forbidden("Only an administrator of the server changes quotas.")
        return _told(set_quota(application=caller.application, limits=validated(request, QuotaIn)))


def _told(application: Application) -> Response:
    quota = quota_of(application)
    told: dict[str, Any] = {name: getattr(quota, name) for name in FIELDS}
    return Response(QuotaOut({**told, "used": Usage.of(application)}).data)
