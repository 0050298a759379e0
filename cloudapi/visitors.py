"""/upload/resumable: tus for visitors of a customer's page, with a client upload signature as their right.

Every request carries `Authorization: Signature <signature>`. Its time counts when an upload begins; one that began in
time may end after it. docs/upload-form.md shows pages that do this.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from applications.client_signature import SignatureRefused
from applications.errors import InvalidValue, NotFound, Refused
from applications.models import Application, User
from applications.rest.strict_query import KnownQuery
from cloudapi.cors import opened, preflight
from cloudapi.ugc.policy import UploadPolicy, believed, not_for_visitors, recognised
from media_jobs.api.resumable import BeginUpload, GoOn, TusView
from media_jobs.models import Upload
from media_jobs.uploads.selectors import one_upload
from media_jobs.uploads.services import Wanted

DOOR = "visitor"
_SCHEME = "Signature "
_METADATA = frozenset({"filename"})


class ClientSignatureHeader(BaseAuthentication):
    """Nobody signs in by it: what may be done is in the signature, which is the request's `auth`."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, UploadPolicy] | None:
        if request.method == "OPTIONS":  # a browser asks before it sends the signature
            return None
        header = request.headers.get("Authorization", "")
        if not header.startswith(_SCHEME):
            raise SignatureRefused("Send the client upload signature in the header “Authorization: Signature …”.")
        begins = request.method == "POST" and "id" not in request.parser_context["kwargs"]
        return AnonymousUser(), (believed if begins else recognised)(header.removeprefix(_SCHEME))


class _Visitors(TusView):
    """No cookie counts here, so that any page may ask."""

    authentication_classes = (ClientSignatureHeader,)
    permission_classes = (KnownQuery,)
    query_everywhere = frozenset[str]()

    @property
    def policy(self) -> UploadPolicy:
        policy = self.request.auth
        assert isinstance(policy, UploadPolicy)
        return policy

    def application(self) -> Application:
        return self.policy.key.application

    def found(self, id: str) -> Upload:
        upload = one_upload(self.application(), id)
        if upload.door != DOOR:
            raise NotFound("There is no such upload.")
        return upload

    @extend_schema(exclude=True)
    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        answer = super().options(request)
        for name, value in preflight(request._request).items():
            answer[name] = value
        return answer

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        opened(response)
        return response


@extend_schema(exclude=True)
class BeginVisitorsUpload(_Visitors, BeginUpload):
    """A one-time signature is used by the file, not by its pieces."""

    door = DOOR
    used = False

    def user(self) -> User:
        return self.policy.key.user

    def against(self, said: dict[str, str]) -> list[Refused]:
        reasons = {name: not_for_visitors(name, known=_METADATA) for name in said}
        return [InvalidValue(reason, field=name) for name, reason in reasons.items() if reason]

    def wanted(self, said: dict[str, str], *, length: int | None) -> Wanted:
        wanted = self.policy.wanted(file_name=said.get("filename", ""), length=length)
        self.policy.use()
        self.used = True
        return wanted

    def location(self, upload: Upload) -> str:
        """Relative, so that it is right behind any proxy."""
        return reverse("visitors-upload", args=[upload.id])

    def begun(self, request: Request) -> Upload:
        try:
            return super().begun(request)
        except Refused:
            if self.used:
                self.policy.give_back()
            raise


@extend_schema(exclude=True)
class VisitorsUpload(_Visitors, GoOn):
    def delete(self, request: Request, id: str) -> Response:
        """The visitor may choose another file then, also with a one-time signature."""
        answer = super().delete(request, id)
        if not self.found(id).is_partial:
            self.policy.give_back()
        return answer
