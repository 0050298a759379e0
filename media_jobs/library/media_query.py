"""Finding media as SearchMedia does: any of the values in a field, all of the fields together (docs/protocol 2.7)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from applications.models import Application
from media_jobs.library.selectors import media_for, tag_contains, tagged
from media_jobs.models import Media, MediaClass
from media_jobs.store.formats import AUDIO, VIDEO

Span = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaQuery:
    """What is looked for. Empty fields exclude nothing.

    Fields:
        text: part of a name, description or tag
        class_ids: 0 is "no class"
        categories: Video, Audio, Image (there are none)
        created, expires: from and to, both inclusive; None for open
    """

    file_ids: Collection[str] = ()
    text: str = ""
    names: Sequence[str] = ()
    name_prefixes: Sequence[str] = ()
    descriptions: Sequence[str] = ()
    class_ids: Collection[int] = ()
    tags: Collection[str] = ()
    media_types: Collection[str] = ()
    categories: Collection[str] = ()
    source_types: Collection[str] = ()
    statuses: Collection[str] = ()
    created: Span = (None, None)
    expires: Span = (None, None)
    newest_first: bool = True


def media_matching(application: Application, query: MediaQuery) -> QuerySet[Media]:
    """Newest first, unless the query says otherwise; no media twice."""
    found = media_for(application)
    for condition in (*_plain(query), *_texts(query), *_spans(query), *_trees(application, query)):
        found = found.filter(condition)
    return found if query.newest_first else found.order_by("created_at", "pk")


def _plain(query: MediaQuery) -> list[Q]:
    fields = {
        "file_id__in": query.file_ids,
        "media_type__in": [kind.lower() for kind in query.media_types],
        "source_type__in": query.source_types,
        "status__in": query.statuses,
    }
    conditions = [Q(**{lookup: values}) for lookup, values in fields.items() if values]
    return [*conditions, _any_of_categories(query.categories)] if query.categories else conditions


def _any_of_categories(categories: Collection[str]) -> Q:
    return reduce(or_, map(kind_of, categories), Q(pk__in=()))


def kind_of(category: str) -> Q:
    """Media of the category Video or Audio, by their types; none of any other."""
    sound_only = Q(media_type__in=AUDIO - VIDEO)
    return {"Video": ~sound_only, "Audio": sound_only}.get(category, Q(pk__in=()))


def _texts(query: MediaQuery) -> list[Q]:
    conditions = [
        _any_of("name__icontains", query.names),
        _any_of("name__istartswith", query.name_prefixes),
        _any_of("description__icontains", query.descriptions),
    ]
    if query.text:
        tagged_so = tag_contains(query.text)
        conditions.append(Q(name__icontains=query.text) | Q(description__icontains=query.text) | tagged_so)
    if query.tags:
        conditions.append(tagged(query.tags))
    return conditions


def _spans(query: MediaQuery) -> list[Q]:
    bounds = {
        "created_at__gte": query.created[0],
        "created_at__lte": query.created[1],
        "expires_at__gte": query.expires[0],
        "expires_at__lte": query.expires[1],
    }
    return [Q(**{lookup: moment}) for lookup, moment in bounds.items() if moment]


def _trees(application: Application, query: MediaQuery) -> list[Q]:
    if not query.class_ids:
        return []
    classes = _with_descendants(application, set(query.class_ids) - {0})
    unsorted = Q(media_class=None) if 0 in query.class_ids else Q(pk__in=())
    return [Q(media_class__in=classes) | unsorted]


def _with_descendants(application: Application, class_ids: set[int]) -> set[int]:
    level = set(MediaClass.objects.filter(application=application, pk__in=class_ids).values_list("pk", flat=True))
    found: set[int] = set()
    while level:
        found |= level
        level = set(MediaClass.objects.filter(parent__in=level).values_list("pk", flat=True))
    return found


def _any_of(lookup: str, values: Sequence[str]) -> Q:
    return reduce(or_, (Q(**{lookup: value}) for value in values), Q())
