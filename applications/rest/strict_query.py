from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from applications.unknown_names import unknown

_EVERYWHERE = frozenset({"application"})


class KnownQuery(BasePermission):
    """Refuses query parameters that the address doesn't have: a misspelt filter would find everything.

    A list has its filters and pages; whatever else an address reads, its view names in `query_fields`, by action. All
    that is wrong with their values is told at once. This stands among the permissions because every view passes them,
    once it is settled who asks.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        known, errors = set(_EVERYWHERE), dict[str, Any]()
        if fields := getattr(view, "query_fields", {}).get(getattr(view, "action", None)):
            given = fields(data=request.query_params)
            known |= given.fields.keys()
            errors |= {} if given.is_valid() else given.errors
        if _is_list(view, request):
            known |= {view.paginator.limit_query_param, "offset"}
            errors |= view.paginator.mistakes(request)
            if filters := getattr(view, "filterset_class", None):
                known |= filters.base_filters.keys()
                errors |= filters(request.query_params, queryset=view.queryset, request=request).errors
        errors |= {name: [sentence] for name, sentence in unknown(request.query_params, known=known).items()}
        if errors:
            raise ValidationError(errors)
        return True


def _is_list(view: Any, request: Request) -> bool:
    reads = request.method in ("GET", "HEAD") and not getattr(view, "detail", False)
    return reads and getattr(view, "paginator", None) is not None
