from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from applications.rest.calling import caller_of
from applications.roles import Role


class RoleAllows(BasePermission):
    """Viewers read; operators write; a view with `write_role` asks for another role to write."""

    def has_permission(self, request: Request, view: object) -> bool:
        needed = Role.VIEWER if request.method in SAFE_METHODS else getattr(view, "write_role", Role.OPERATOR)
        caller_of(request).require(needed)
        return True
