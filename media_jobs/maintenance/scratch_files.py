"""Old files of the scratch folder: which of them somebody still needs, whatever this host's clock says of their age."""

import re
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from media_jobs.models import Job, ObjectPart, StoredObject, Upload
from media_jobs.states import JobState, UploadState

_ID = re.compile(r"[0-9a-f]{32}")


def needed_of(names: Iterable[str]) -> set[str]:
    """Bytes of uploads and objects under way, and what is being made: named by rows, whose end takes them away.

    A file is called after its upload or its job's lease, or a row has its name.
    """
    ids = {name: UUID(name[:32]) for name in names if _ID.match(name)}
    known: set[object] = set()
    for kind, column, living in (
        (Upload, "pk", Q(state=UploadState.OPEN)),
        (Job, "lease_token", Q(state=JobState.PROCESSING)),
    ):
        rows = kind._default_manager.filter(living, **{f"{column}__in": set(ids.values())})
        known |= set(rows.order_by().values_list(column, flat=True))
    for stored in (StoredObject, ObjectPart):
        known |= set(stored._default_manager.filter(file__in=ids).order_by().values_list("file", flat=True))
    return {name for name, own in ids.items() if own in known or name in known}
