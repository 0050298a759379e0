"""A page of a list."""

from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

PAGE_SIZE = 20
T = TypeVar("T", bound=Model)


def paged(request: HttpRequest, rows: QuerySet[T]) -> Page[T]:
    """The page that `?page=` asks for; nonsense is the first, too far the last."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
