"""Which rows of a list something is to be done to: the ticked ones, or all that its filter finds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from applications.errors import Conflict, InvalidValue, LimitReached
from console.words.counted import grouped

MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Said:
    """The sentences about one kind of rows; `too_many` with {most}, `others` with {number} in it."""

    gone: Promise
    too_many: Promise
    others: Promise


MEDIA = Said(
    gone=_("None of the chosen media is there any more. Go back and choose again."),
    too_many=_("At most {most} media at once. Narrow the filter, and go on in parts."),
    others=_(
        "{number} media match by now, another number than the page showed, so nothing was changed. "
        "Go back, reload the list, and choose again."
    ),
)
TASKS = Said(
    gone=_("None of the chosen tasks is there any more. Go back and choose again."),
    too_many=_("At most {most} tasks at once. Narrow the filter, and go on in parts."),
    others=_(
        "{number} tasks match by now, another number than the page showed, so nothing was changed. "
        "Go back, reload the list, and choose again."
    ),
)


def ticked(
    request: HttpRequest, rows: QuerySet[Any], *, key: str, found: Callable[[QueryDict], QuerySet[Any]], said: Said
) -> list[Any]:
    """Of `rows` those that the form names by `key`; or all that `found` finds by the list's own query.

    What belongs to others or is gone simply isn't chosen. Raises InvalidValue for none, LimitReached for too many, and
    Conflict when another number matches by now than the page showed.
    """
    if "all" not in request.POST:
        chosen = list(rows.filter(**{f"{key}__in": request.POST.getlist(key)[:MOST_AT_ONCE]}))
        if not chosen:
            raise InvalidValue(str(said.gone), field=key)
        return chosen
    every = list(found(QueryDict(request.POST.get("query", "")))[: MOST_AT_ONCE + 1])
    if len(every) > MOST_AT_ONCE:
        raise LimitReached(str(said.too_many).format(most=grouped(MOST_AT_ONCE)))
    check_number(request, len(every), said=said)
    return every


def check_number(request: HttpRequest, number: int, *, said: Said) -> None:
    """Raises Conflict."""
    if request.POST.get("all") != str(number):
        raise Conflict(str(said.others).format(number=grouped(number)))


def list_with_its_query(request: HttpRequest, address: str) -> str:
    """The list as it was filtered and sorted before."""
    query = request.POST.get("query", "")
    return f"{address}?{query}" if query else address
