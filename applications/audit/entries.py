"""Writing down who changed what: the one place, for every door.

Doors tell of each change that succeeded; what a row of its own tells already (an upload, a task, a pull, an event's
confirmation) isn't told twice, as keys send hundreds of those a second. Only identifiers are kept, never values.
"""

import getpass
import logging
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import DatabaseError
from django.db.models import QuerySet

from applications.models import AccessToken, ApiKey, Application, AuditEntry, User

log = logging.getLogger(__name__)

# What names things in addresses, forms and the API's parameters and results.
IDENTIFIERS = (
    *("pk", "id", "uid", "file_id", "task_id", "upload_id", "definition", "digest", "name", "username", "app_id"),
    *("type", "mode", "role", "access", "FileId", "TaskId", "Definition", "Name", "ClassId", "SubAppId", "Status"),
    *("Mode", "Operation"),
)
_MOST_OF_ONE = 80


def record(
    *,
    user: User,
    door: str,
    action: str,
    application: Application | None,
    address: str,
    credential: object = None,
    subject: Iterable[Mapping[str, Any]] = (),
) -> None:
    """`credential` is the key or token that was shown."""
    who, shown = user.get_username(), _named(credential)
    _write(
        who=who, credential=shown, door=door, action=action, application=application, address=address, subject=subject
    )


def record_command(action: str, *, application: Application | None = None, subject: Mapping[str, Any]) -> None:
    """What an operator did at the command line, under the name that the machine knows them by."""
    _write(who=getpass.getuser(), door="command", action=action, application=application, subject=[subject])


def record_upkeep(action: str, *, application: Application, subject: Mapping[str, Any]) -> None:
    """What the server did by itself, as somebody had asked for it before."""
    _write(who="zoetrope", door="upkeep", action=action, application=application, subject=[subject])


def audit_entries_for(application: Application) -> QuerySet[AuditEntry]:
    """Newest first."""
    return AuditEntry.objects.filter(application=application)


def _write(
    *,
    who: str,
    door: str,
    action: str,
    application: Application | None,
    subject: Iterable[Mapping[str, Any]],
    credential: str = "",
    address: str = "",
) -> None:
    """Never in the way of what was done already: a failure to write is logged."""
    try:
        AuditEntry.objects.create(
            application=application,
            who=who[:150],
            credential=credential,
            door=door,
            action=action[:64],
            subject=_told(subject),
            address=address[:45],
        )
    except DatabaseError:
        log.exception("the audit log misses: %s by %s", action, who)


def _named(credential: object) -> str:
    if isinstance(credential, ApiKey):
        return credential.secret_id
    return credential.token_key if isinstance(credential, AccessToken) else ""


def _told(sources: Iterable[Mapping[str, Any]]) -> str:
    pairs: dict[str, str] = {}
    for source in sources:
        for name in IDENTIFIERS:
            value = source.get(name)
            if isinstance(value, str | int | UUID) and not isinstance(value, bool) and str(value):
                pairs.setdefault(name, str(value).replace("\x00", "")[:_MOST_OF_ONE])
    return ", ".join(f"{name}={value}" for name, value in pairs.items())[:300]
