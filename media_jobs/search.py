"""Finding media and tasks by what a person remembers of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from applications.models import Application
from media_jobs.media_states import with_state
from media_jobs.models import MediaTag
from media_jobs.outcomes import with_outcome
from media_jobs.selectors import media_for, tasks_for

if TYPE_CHECKING:
    from media_jobs.media_states import MediaRows
    from media_jobs.outcomes import TaskRows


def media_found(application: Application, *, text: str = "", state: str = "", class_id: int | None = None) -> MediaRows:
    """`text`: part of a name or of a tag, or the beginning of a FileId · `state`: a MediaState · class 0 means none."""
    found = with_state(media_for(application))
    if text := text.strip():
        tagged = Exists(MediaTag.objects.filter(media=OuterRef("pk"), name__icontains=text))
        found = found.filter(Q(name__icontains=text) | Q(file_id__startswith=text) | tagged)
    if state:
        found = found.filter(state=state)
    if class_id is not None:
        found = found.filter(media_class=class_id or None)
    return found


def tasks_found(application: Application, *, text: str = "", outcome: str = "", file_id: str = "") -> TaskRows:
    """`text`: part of a task id, a media's name or a task flow's name · `outcome`: an Outcome."""
    found = with_outcome(tasks_for(application))
    if text := text.strip():
        found = found.filter(Q(task_id__icontains=text) | Q(media__name__icontains=text) | Q(procedure__icontains=text))
    if outcome:
        found = found.filter(outcome=outcome)
    if file_id:
        found = found.filter(media__file_id=file_id)
    return found
