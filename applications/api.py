"""REST: /api/v1/me and /api/v1/tokens."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from applications.caller import Caller
from applications.errors import NotFound
from applications.models import AccessToken
from applications.rest.calling import caller_of
from applications.rest.validated import validated
from applications.roles import Role
from applications.services.keys import issue_access_token, revoke_access_token


class MeOut(serializers.Serializer[Caller]):
    """Who this request comes from, and for which application it asks."""

    user = serializers.CharField(source="user.username")
    application = serializers.IntegerField(source="application.app_id")
    application_name = serializers.CharField(source="application.name")
    role = serializers.ChoiceField(Role.choices)


class Me(APIView):
    @extend_schema(summary="Who am I", responses=MeOut)
    def get(self, request: Request) -> Response:
        return Response(MeOut(caller_of(request)).data)


class TokenIn(serializers.Serializer[AccessToken]):
    name = serializers.CharField(default="", allow_blank=True, max_length=64)


class TokenOut(serializers.ModelSerializer[AccessToken]):
    """`id` is how the token begins."""

    id = serializers.CharField(source="token_key")
    user = serializers.CharField(source="user.username")
    created_at = serializers.DateTimeField(source="created")
    expires_at = serializers.DateTimeField(source="expiry", allow_null=True)

    class Meta:
        model = AccessToken
        fields = ["id", "name", "user", "created_at", "expires_at"]


class NewToken(TokenOut):
    token = serializers.CharField(help_text="Shown now and never again")

    class Meta(TokenOut.Meta):
        fields = [*TokenOut.Meta.fields, "token"]


@extend_schema_view(list=extend_schema(summary="List the application's access tokens"))
class Tokens(ListModelMixin, GenericViewSet[AccessToken]):
    read_role = write_role = Role.OWNER
    queryset = AccessToken.objects.none()
    serializer_class = TokenOut
    lookup_field = "token_key"
    lookup_url_kwarg = "id"
    lookup_value_regex = r"[0-9a-zA-Z]{1,25}"

    def get_queryset(self) -> QuerySet[AccessToken]:
        return caller_of(self.request).application.access_tokens.select_related("user")

    def get_object(self) -> AccessToken:
        token = self.get_queryset().filter(token_key=self.kwargs["id"]).first()
        if token is None:
            raise NotFound(f"There is no token {self.kwargs['id']}.")
        return token

    @extend_schema(summary="Issue an access token for yourself", request=TokenIn, responses={201: NewToken})
    def create(self, request: Request) -> Response:
        caller = caller_of(request)
        name = validated(request, TokenIn)["name"]
        token, text = issue_access_token(user=caller.user, application=caller.application, name=name)
        return Response({**TokenOut(token).data, "token": text}, status=201)

    @extend_schema(summary="Revoke an access token")
    def destroy(self, request: Request, id: str) -> Response:
        revoke_access_token(token=self.get_object())
        return Response(status=204)
