"""The statements and transactions that a claim and an end are made of, for queue.py and leases.py.

By hand and not by the ORM: made hundreds of times a second, they would mostly be compiled, and the ORM knows no upsert
that compares. They are the same for PostgreSQL and SQLite but for the clock, and for locks, which SQLite's single
writer needs none of. States are written out: so both planners see that a partial index of Job has the answer.
"""

from applications.by_hand import later, now, places, postgresql
from applications.transactions import LIGHT

# Takes the kinds three times. The best head of each application, whose turn is first; of those that run nothing only so
# many are looked at: as many claims as may be under way at one moment without making each other wait.
_HEADS = """
WITH running AS (
    SELECT application_id, COUNT(*) AS jobs FROM media_jobs_job WHERE state = 'PROCESSING' GROUP BY application_id
)
SELECT head.id, head.application_id, kind, running, priority, since, position, turn, turns.served, EXISTS (
    SELECT 1 FROM media_jobs_job WHERE state = 'WAITING' AND postponed AND not_before <= {now}
) AS due
FROM (
    SELECT application_id, 0 AS running, MIN(served) AS served FROM (
        SELECT application_id, served FROM media_jobs_queuehead
        WHERE kind IN ({kinds}) AND application_id NOT IN (SELECT application_id FROM running)
        ORDER BY served, since LIMIT 24
    ) AS idle GROUP BY application_id
    UNION ALL
    SELECT running.application_id, running.jobs, MIN(served)
    FROM running JOIN media_jobs_queuehead AS busy ON busy.application_id = running.application_id
    WHERE kind IN ({kinds}) GROUP BY running.application_id, running.jobs
) AS turns JOIN media_jobs_queuehead AS head ON head.id = (
    SELECT id FROM media_jobs_queuehead AS own WHERE own.application_id = turns.application_id AND kind IN ({kinds})
    ORDER BY priority DESC, since, position LIMIT 1
)
ORDER BY running, turns.served, since, position, head.id LIMIT 8
"""

LOCK = "SELECT 1 FROM media_jobs_queuehead WHERE id = %s FOR NO KEY UPDATE"

# The first two jobs of a queue, with the status of the task of each.
_FIRST_JOBS = """
SELECT id, attempts, task_id,
    (SELECT status FROM media_jobs_proceduretask AS task WHERE task.id = media_jobs_job.task_id),
    priority, created_at, position
FROM media_jobs_job
WHERE kind = {kind} AND application_id = {application} AND state = 'WAITING' AND NOT postponed
ORDER BY priority DESC, created_at, position LIMIT 2
"""
# PostgreSQL: the heads in their order, up to the first that nobody holds, which this locks; of that one also its turn
# as it is now and its first two jobs, each in a row. The transaction becomes a light one (light_transaction).
_LOOK = """
WITH heads AS MATERIALIZED (SELECT *, ROW_NUMBER() OVER () AS rank FROM ({heads}) AS best), held AS MATERIALIZED (
    SELECT head.id, head.turn, head.kind, head.application_id, rank
    FROM heads JOIN media_jobs_queuehead AS head USING (id)
    ORDER BY heads.rank LIMIT 1 FOR NO KEY UPDATE OF head SKIP LOCKED
)
SELECT heads.id, heads.application_id, heads.kind, heads.running, heads.priority, heads.since, heads.position,
    heads.turn, heads.served, heads.due, held.turn, job.*, (SELECT {light})
FROM heads LEFT JOIN held ON held.id = heads.id LEFT JOIN LATERAL ({first_jobs}) AS job ON held.id IS NOT NULL
WHERE heads.rank <= COALESCE((SELECT rank FROM held), 1)
ORDER BY heads.rank, -job.priority, job.created_at, job.position
"""

# Takes the lease's token and its length in seconds, the worker, the job and its attempts until now.
_TAKE = """
UPDATE media_jobs_job SET state = 'PROCESSING', lease_token = %s, lease_until = {later}, worker = %s, progress = 0,
    attempts = attempts + 1, began_at = COALESCE(began_at, {now})
WHERE id = %s AND attempts = %s AND state = 'WAITING' AND NOT postponed
"""
_BEGIN_TASK = """
UPDATE media_jobs_proceduretask SET status = 'PROCESSING', began_at = {now} WHERE id = %s AND status = 'WAITING'
"""

# PostgreSQL: all that follows from a claim, if there was something to take. Takes what _TAKE does, then what the move
# of the head does, then the application and the head.
_TAKE_ALL = """
WITH taken AS ({take} RETURNING task_id), begun AS (
    UPDATE media_jobs_proceduretask SET status = 'PROCESSING', began_at = {now}
    WHERE id IN (SELECT task_id FROM taken) AND status = 'WAITING'
), moved AS ({move} AND EXISTS (SELECT 1 FROM taken)), passed AS (
    UPDATE media_jobs_queuehead SET served = {next_round} WHERE EXISTS (SELECT 1 FROM taken) AND id IN (
        SELECT id FROM media_jobs_queuehead WHERE application_id = %s AND id <> %s FOR NO KEY UPDATE SKIP LOCKED
    )
)
SELECT 1 FROM taken
"""

# Takes the state, four values of which NULL leaves what is there, the job and the lease's token.
_END = """
UPDATE media_jobs_job SET state = %s, progress = COALESCE(%s, progress), crashes = COALESCE(%s, crashes),
    err_code = COALESCE(%s, err_code), message = COALESCE(%s, message),
    lease_token = NULL, lease_until = NULL, finished_at = {now}
WHERE id = %s AND lease_token = %s AND state = 'PROCESSING' RETURNING task_id, position
"""
# The same with the task's status and notify mode, and the task locked: by SQLite's one writer anyhow.
_END_SQLITE = """{end},
    (SELECT status FROM media_jobs_proceduretask AS task WHERE task.id = media_jobs_job.task_id),
    (SELECT notify_mode FROM media_jobs_proceduretask AS task WHERE task.id = media_jobs_job.task_id)
"""
_END_POSTGRESQL = """
WITH ended AS ({end}) SELECT ended.*, task.* FROM ended LEFT JOIN LATERAL (
    SELECT status, notify_mode FROM media_jobs_proceduretask WHERE id = ended.task_id FOR NO KEY UPDATE
) AS task ON TRUE
"""
_LOCK_TASK = "SELECT status FROM media_jobs_proceduretask WHERE id = %s {lock}"
# A statement of its own, after the lock: on PostgreSQL it then sees what the lock's former holder has written.
TASK_STATES = "SELECT DISTINCT state FROM media_jobs_job WHERE task_id = %s"

ADVANCE = """
UPDATE media_jobs_queuehead SET turn = turn + 1, priority = %s, since = %s, position = %s
WHERE id = %s AND turn = %s
"""
# The round after the latest that anybody has been given a turn in.
_NEXT_ROUND = "(SELECT MAX(served) + 1 FROM media_jobs_queuehead)"
# Takes the application: it had its turn, whichever of its queues that was for.
SERVE = """
UPDATE media_jobs_queuehead SET served = (SELECT MAX(served) + 1 FROM media_jobs_queuehead) WHERE application_id = %s
"""
_ADVANCE_SERVED = ADVANCE.replace("SET turn", f"SET served = {_NEXT_ROUND}, turn")
REMOVE = "DELETE FROM media_jobs_queuehead WHERE id = %s AND turn = %s"

_NOTE = """
INSERT INTO media_jobs_queuehead (application_id, kind, priority, since, position, turn, served)
SELECT application_id, kind, priority, created_at, position, 0, COALESCE(
    (SELECT MIN(served) FROM media_jobs_queuehead AS own WHERE own.application_id = media_jobs_job.application_id),
    (SELECT MAX(served) FROM media_jobs_queuehead), 0
) FROM media_jobs_job
WHERE id IN ({ids}) AND state = 'WAITING' AND NOT postponed {light} ORDER BY application_id, kind
ON CONFLICT (application_id, kind) DO UPDATE SET
    priority = excluded.priority, since = excluded.since, position = excluded.position,
    turn = media_jobs_queuehead.turn + 1
WHERE (-excluded.priority, excluded.since, excluded.position)
    < (-media_jobs_queuehead.priority, media_jobs_queuehead.since, media_jobs_queuehead.position)
"""

# First jobs that no head, or too late a one, stands for.
_DRIFTED = """
SELECT job.id FROM applications_application AS application
CROSS JOIN (SELECT column1 AS kind FROM (VALUES {kinds}) AS named) AS kind
JOIN media_jobs_job AS job ON job.id = (
    SELECT id FROM media_jobs_job
    WHERE kind = kind.kind AND application_id = application.id AND state = 'WAITING' AND NOT postponed
    ORDER BY priority DESC, created_at, position LIMIT 1
)
LEFT JOIN media_jobs_queuehead AS head ON head.application_id = job.application_id AND head.kind = job.kind
WHERE application.id > %s AND application.id <= %s AND (
    head.id IS NULL
    OR (-job.priority, job.created_at, job.position) < (-head.priority, head.since, head.position)
)
ORDER BY application.id
"""


def heads(kinds: int) -> str:
    return _HEADS.format(now=now(), kinds=places(kinds))


def first_jobs() -> str:
    """Takes the kind and the application."""
    return _FIRST_JOBS.format(kind="%s", application="%s")


def look(kinds: int) -> str:
    """Takes the kinds three times."""
    jobs = _FIRST_JOBS.format(kind="held.kind", application="held.application_id")
    return _LOOK.format(heads=heads(kinds), first_jobs=jobs, light=LIGHT)


def take() -> str:
    return _TAKE.format(now=now(), later=later())


def take_all(*, last: bool) -> str:
    """The queue's head is removed with its last job, else moved."""
    move = REMOVE if last else _ADVANCE_SERVED.strip()
    return _TAKE_ALL.format(take=take(), now=now(), move=move, next_round=_NEXT_ROUND)


def begin_task() -> str:
    return _BEGIN_TASK.format(now=now())


def end() -> str:
    return (_END_POSTGRESQL if postgresql() else _END_SQLITE).format(end=_END.format(now=now()).strip())


def lock_task() -> str:
    return _LOCK_TASK.format(lock="FOR NO KEY UPDATE" if postgresql() else "")


def note(ids: int) -> str:
    """On PostgreSQL it makes its transaction a light one (light_statement)."""
    light = f"AND (SELECT {LIGHT}) IS NOT NULL" if postgresql() else ""
    return _NOTE.format(ids=places(ids), light=light)


def drifted(kinds: int) -> str:
    """Takes the kinds, and two primary keys of applications: those after the one up to the other are looked at."""
    return _DRIFTED.format(kinds=", ".join(["(%s)"] * kinds))
