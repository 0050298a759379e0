from collections.abc import Collection
from typing import Any

from django.http import QueryDict
from rest_framework.exceptions import ValidationError
from rest_framework.fields import CharField
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from applications.unknown_names import given_twice, unknown

_EVERYWHERE = frozenset({"application"})
_EMPTY = CharField.default_error_messages["blank"]  # a variable that isn't set; it would find everything
_WITH_A_BODY = frozenset({"POST", "PUT", "PATCH"})


class KnownQuery(BasePermission):
    """Refuses query parameters that the address doesn't have: a misspelt filter would find everything, and
    of one that is given twice one would be passed over.

    A list has its filters and pages; whatever else an address reads, its view names in `query_fields`, by action, and
    in `query_everywhere` where that isn't what the API's addresses have in common. All that is wrong with their values
    is told at once, and of a request with a body together with what is wrong there: whoever reads the body asks for
    `query_mistakes`. This stands among the permissions because every view passes them, once it is settled who asks.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        known, errors = set(getattr(view, "query_everywhere", _EVERYWHERE)), dict[str, Any]()
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
                errors |= {name: [_EMPTY] for name in filters.base_filters if _is_empty(request, name)}
        errors |= {name: [sentence] for name, sentence in strangers(request.query_params, known=known).items()}
        if errors and request.method not in _WITH_A_BODY:
            raise ValidationError(errors)
        vars(request)["query_mistakes"] = errors
        return True


def strangers(query: QueryDict, *, known: Collection[str]) -> dict[str, str]:
    """Sentences by name: what nobody here knows, and what is given twice."""
    twice = {name: given_twice(name) for name, values in query.lists() if len(values) > 1}
    return unknown(query, known=known) | twice


def query_mistakes(request: Request) -> dict[str, Any]:
    """Sentences by parameter: what is still to be told of a query, beside all else that is wrong."""
    found: dict[str, Any] = vars(request).get("query_mistakes", {})
    return found


def _is_empty(request: Request, name: str) -> bool:
    return not request.query_params.get(name, "-").strip()


def _is_list(view: Any, request: Request) -> bool:
    reads = request.method in ("GET", "HEAD") and not getattr(view, "detail", False)
    return reads and getattr(view, "paginator", None) is not None
