from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from applications.rest.calling import caller_of
from applications.roles import Role


class RoleAllows(BasePermission):
    """Viewers read; operators write; a view with `read_role` or `write_role` asks for another role."""

    def has_permission(self, request: Request, view: object) -> bool:
        reads = request.method in SAFE_METHODS
        needed = getattr(view, "read_role", Role.VIEWER) if reads else getattr(view, "write_role", Role.OPERATOR)
        caller_of(request).require(needed)
        return True
