"""Migrations one by one, as a database goes through them that has some of what a squashed one replaces."""

from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader


class Chain(MigrationLoader):
    """All migrations but the squashed ones."""

    def load_disk(self) -> None:
        super().load_disk()
        self.disk_migrations = {key: each for key, each in self.disk_migrations.items() if not each.replaces}


def chain(database: str) -> MigrationExecutor:
    executor = MigrationExecutor(connections[database])
    executor.loader = Chain(connections[database])
    return executor
