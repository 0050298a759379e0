"""Which media a batch is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from applications.models import Application
from media_jobs.library.listing import media_found
from media_jobs.models import Media, ProcedureTask

MOST_NAMED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The media that are named, or else all that match everything given, as a media list would show them.

    `text`, `state`, `class_id`, `category`, `has_images` and `source` are those of `media_found`; both moments
    count with what they include. `processed_by` is a task flow's name: media that it was run over.
    """

    file_ids: tuple[str, ...] = ()
    text: str = ""
    state: str = ""
    class_id: int | None = None
    category: str = ""
    has_images: bool | None = None
    source: str = ""
    processed_by: str = ""
    created_after: datetime | None = None
    created_before: datetime | None = None

    def media(self, application: Application) -> QuerySet[Media]:
        found = media_found(
            application,
            text=self.text,
            state=self.state,
            class_id=self.class_id,
            category=self.category,
            has_images=self.has_images,
            source=self.source,
        )
        bounds = {"created_at__gte": self.created_after, "created_at__lte": self.created_before}
        found = found.filter(**{lookup: moment for lookup, moment in bounds.items() if moment})
        if self.processed_by:
            run = ProcedureTask.objects.filter(application=application, procedure=self.processed_by)
            found = found.filter(Exists(run.filter(media=OuterRef("pk"))))
        return found.filter(file_id__in=self.file_ids) if self.file_ids else found

    def as_dict(self) -> dict[str, Any]:
        """JSON's own types, without what says nothing."""
        told = {
            "file_ids": list(self.file_ids),
            "text": self.text,
            "state": self.state,
            "category": self.category,
            "source": self.source,
            "processed_by": self.processed_by,
            "created_after": self.created_after and self.created_after.isoformat(),
            "created_before": self.created_before and self.created_before.isoformat(),
        }
        kept = {name: value for name, value in told.items() if value}
        may_be_falsy = {"class_id": self.class_id, "has_images": self.has_images}
        return kept | {name: value for name, value in may_be_falsy.items() if value is not None}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Selection":
        moments = {
            name: datetime.fromisoformat(told[name]) for name in ("created_after", "created_before") if name in told
        }
        return cls(**{**told, **moments, "file_ids": tuple(told.get("file_ids", ()))})
