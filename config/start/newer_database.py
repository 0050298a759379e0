"""A database that a later release has migrated: this checkout doesn't know what it would be writing into."""

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader


def refuse_newer_database() -> None:
    """Raises CommandError at a start, unless ZOETROPE_NEWER_DATABASE allows it. What runs already isn't asked."""
    unknown = unknown_migrations()
    if unknown and not settings.ZOETROPE_NEWER_DATABASE:
        raise CommandError(
            f"The database was migrated by a later release than this checkout ({', '.join(unknown)}). Start the later "
            "one, or put the backup from before the upgrade back (docs/upgrade.md, Going back). "
            "ZOETROPE_NEWER_DATABASE=1 starts all the same: meant for the release just before."
        )


def unknown_migrations() -> list[str]:
    """Those that the database has and this checkout hasn't."""
    loader = MigrationLoader(connection)
    known = {*loader.disk_migrations, *(one for each in loader.disk_migrations.values() for one in each.replaces)}
    ours = {app for app, _ in loader.disk_migrations}
    unknown = [one for one in sorted(loader.applied_migrations) if one[0] in ours and one not in known]
    return [f"{app}.{name}" for app, name in unknown]
