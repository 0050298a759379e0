"""The statements that hand events out and settle them, each a whole use case: nobody else comes in between.

An event is named by its primary key: SQLite, never analysed, would rather walk through all of the application's
(docs/reliability.md 1.5). So its application is compared as a sum, which no index is for.
"""

from applications.transactions import LIGHT, later, now, places, postgresql

COLUMNS = ("id", "uid", "application_id", "type", "subject", "transition", "content", "token", "attempts")
"""What a hand-out tells of an event, in this order."""

# Takes the application, with _IF_PULLED once more, and how many.
_DUE = """
SELECT {what} FROM media_jobs_event
WHERE application_id = %s AND settled_at IS NULL AND next_at <= {now} {condition} ORDER BY next_at, id LIMIT %s
"""
_IF_PULLED = "AND EXISTS (SELECT 1 FROM media_jobs_eventconfig WHERE application_id = %s AND mode = 'PULL')"
# Takes a token and for how many seconds it is good, then what _DUE does.
_HAND_OUT = """
UPDATE media_jobs_event SET token = %s, next_at = {later}, attempts = attempts + 1
WHERE id IN ({due}) RETURNING {columns}
"""
# Takes what _DUE does, then what _HAND_OUT does. Pullers at the same time pass each other by. It makes its transaction
# a light one (light_statement).
_HAND_OUT_POSTGRESQL = """
WITH due AS MATERIALIZED ({due} FOR NO KEY UPDATE SKIP LOCKED), handed AS (
    UPDATE media_jobs_event AS event SET token = %s, next_at = {later}, attempts = attempts + 1
    FROM due WHERE event.id = due.id RETURNING event.*, due.next_at AS since
)
SELECT {columns}, (SELECT {light}) FROM handed ORDER BY since, id
"""

# Both take primary keys, pairs of a primary key and its token, the application, and how many pairs there are. SQLite's
# takes the primary keys twice; PostgreSQL's locks the rows in everybody's order first.
_CONFIRM = """
UPDATE media_jobs_event SET settled_at = COALESCE(settled_at, {now}) WHERE id IN ({keys}) AND (
    SELECT COUNT(*) FROM media_jobs_event AS named
    WHERE id IN ({keys}) AND (id, token) IN (VALUES {pairs}) AND application_id + 0 = %s
    AND (next_at > {now} OR settled_at IS NOT NULL)
) = %s
"""
_CONFIRM_POSTGRESQL = """
WITH named AS MATERIALIZED (
    SELECT id, token, application_id, (next_at > {now} OR settled_at IS NOT NULL) AS in_time
    FROM media_jobs_event WHERE id IN ({keys}) ORDER BY id FOR NO KEY UPDATE
)
UPDATE media_jobs_event AS event SET settled_at = COALESCE(event.settled_at, {now}) FROM named
WHERE event.id = named.id AND (
    SELECT COUNT(*) FROM named WHERE (id, token) IN (VALUES {pairs}) AND application_id = %s AND in_time
) = %s
"""


def due(what: str = "id", *, if_pulled: bool) -> str:
    """The longest due first; with `if_pulled` none unless the application pulls its events."""
    return _DUE.format(what=what, now=now(), condition=_IF_PULLED if if_pulled else "")


def hand_out(*, if_pulled: bool) -> str:
    """COLUMNS of what was due and isn't any more; on PostgreSQL the longest due first."""
    columns = ", ".join(COLUMNS)
    if postgresql():
        found = due("id, next_at", if_pulled=if_pulled)
        return _HAND_OUT_POSTGRESQL.format(due=found, later=later(), columns=columns, light=LIGHT)
    return _HAND_OUT.format(due=due(if_pulled=if_pulled), later=later(), columns=columns)


def confirm(*, keys: int, pairs: int) -> str:
    """Settles all of the keys, or none: when a pair isn't an event of the application's that was handed out just so."""
    statement = _CONFIRM_POSTGRESQL if postgresql() else _CONFIRM
    return statement.format(now=now(), keys=places(keys), pairs=", ".join(["(%s, %s)"] * pairs))
