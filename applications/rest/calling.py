"""Which application a REST request is about.

A token's or a key's own; with a console session the one that the query parameter `application` (an app_id) names, else
the first that the user may see.
"""

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from applications.caller import Caller, caller
from applications.errors import NotFound
from applications.models import AccessToken, ApiKey, Application, User

MAX_DIGITS = 18


def caller_of(request: Request) -> Caller:
    """Looked up once a request. Raises NotAuthenticated, or NotFound for an application that isn't the user's."""
    kept = vars(request)
    if "rest_caller" not in kept:
        kept["rest_caller"] = _find(request)
    found: Caller = kept["rest_caller"]
    return found


def _find(request: Request) -> Caller:
    user = request.user
    if not isinstance(user, User):
        raise NotAuthenticated
    found = caller(user=user, application=_application(request, user=user))
    if found is None:
        raise NotFound("There is no such application, or you have no part in it.", field="application")
    return found


def _application(request: Request, *, user: User) -> Application | None:
    if isinstance(request.auth, AccessToken | ApiKey):
        return request.auth.application
    visible = Application.objects.visible_to(user).filter(status=Application.Status.ON)
    if "application" not in request.query_params:
        return visible.first()
    wanted = request.query_params["application"]
    return visible.filter(app_id=wanted).first() if wanted.isdecimal() and len(wanted) <= MAX_DIGITS else None
