from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from applications.errors import Forbidden
from applications.models import ApiKey
from applications.rest.calling import caller_of
from applications.roles import Role


class RoleAllows(BasePermission):
    """Viewers read; operators write; a view with `read_role` or `write_role` asks for another role.

    An API key can do no more here than in the cloud's API. Its custom rules name that API's actions, which this one
    doesn't have, so such a key stays outside.
    """

    def has_permission(self, request: Request, view: object) -> bool:
        reads = request.method in SAFE_METHODS
        needed = getattr(view, "read_role", Role.VIEWER) if reads else getattr(view, "write_role", Role.OPERATOR)
        caller_of(request).require(needed)
        if isinstance(request.auth, ApiKey):
            _check_access(request.auth, reads=reads)
        return True


def _check_access(key: ApiKey, *, reads: bool) -> None:
    if key.access == ApiKey.Access.CUSTOM:
        raise Forbidden("This API key has rules of its own, which hold for API 3.0 only. Use an access token here.")
    if key.access == ApiKey.Access.READ_ONLY and not reads:
        raise Forbidden("This API key may only read.")
