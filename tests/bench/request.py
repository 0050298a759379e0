"""What a request of API 3.0 costs: `python -m tests.bench.request [--requests 200] [--profile ACTION] [--docs …]`.

Processor time of this process from the WSGI environment to the whole answer, the median of many, for each of four
actions: without the sockets and the client. On SQLite in a folder of its own, or on DATABASE_URL's server, whose
database is filled with what is asked for; there also what its server spends, and how often it waits for the next word:
each of those turns is one more wait for a processor that others want, too.
"""

import argparse
import cProfile
import io
import itertools
import json
import os
import pstats
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

from animator.make.sample import render_sample
from tests.bench.document import commit, write_section

WANTED = 4.0  # milliseconds a request
ACTIONS = ("DescribeTaskDetail", "ProcessMedia", "PullEvents", "ConfirmEvents")
_PICTURES = 3
_WARM = 20  # requests that aren't counted


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench.request", description="What a request of API 3.0 costs.")
    parser.add_argument("--requests", type=int, default=200, help="of each action (200)")
    parser.add_argument("--profile", choices=ACTIONS, help="where one action's time goes, instead of the figures")
    parser.add_argument("--docs", type=Path, help="write the figures into this folder's performance.md, too")
    options = parser.parse_args()
    if os.environ.get("ZOETROPE_BENCH") != "request":
        _in_a_folder_of_its_own()
        return
    asks = _prepared(events=17 * (options.requests + _WARM) * 2)
    if options.profile:
        _profile(asks[options.profile], requests=options.requests)
        return
    found = {action: _cost(ask, requests=options.requests) for action, ask in asks.items()}
    report = _report(found, requests=options.requests)
    print(report)
    if options.docs:
        write_section(options.docs, f"A request of API 3.0, {_database()}", report)


def _in_a_folder_of_its_own() -> None:
    with tempfile.TemporaryDirectory(prefix="request-") as folder:
        own = {
            "ZOETROPE_BENCH": "request",
            "ZOETROPE_DATA_DIR": folder,
            "BROKER_URL": f"sqlite:///{folder}/broker.sqlite3",
            "ZOETROPE_LOG_LEVEL": "ERROR",
            "ZOETROPE_API_RATE": "1000000",
            "ZOETROPE_EVENT_INVISIBLE_SECONDS": "600",
        }
        done = subprocess.run([sys.executable, "-m", "tests.bench.request", *sys.argv[1:]], env={**os.environ, **own})
    if done.returncode:
        raise SystemExit(done.returncode)


def _prepared(*, events: int) -> dict[str, Callable[[], None]]:
    """A request of each action, ready to be sent again and again."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    from applications.models import User
    from applications.services.applications import create_application
    from applications.services.keys import issue_api_key
    from config.broker.prepare import prepare_broker
    from config.wsgi import application as wsgi
    from media_jobs.events.outbox import Type, event_content
    from media_jobs.events.services import modify_event_config
    from media_jobs.models import Event
    from media_jobs.uploads.services import Wanted, append, begin, commit
    from templates_app.services import create_template
    from tests.integration.cloudapi.v3.signing import Signed

    call_command("migrate", verbosity=0)
    prepare_broker()
    owner = User.objects.create_user(f"owner{time.time_ns()}", password=None)
    application = create_application(name="Bench", owner=owner)
    key, _ = issue_api_key(user=owner, application=application)
    modify_event_config(application=application, fields={"mode": "PULL"})
    template = create_template(application=application, fields={"name": "GIF", "format": "gif", "fps": 5})
    with tempfile.TemporaryDirectory() as folder:
        clip = render_sample(Path(folder) / "clip.mp4", seconds=1, width=64, height=36).read_bytes()
    upload = begin(application=application, wanted=Wanted(name="a.mp4", length=len(clip)), door="bench")
    append(upload_id=upload.id, offset=0, source=io.BytesIO(clip))
    media = commit(upload_id=upload.id)
    content = event_content(Type.NEW_FILE_UPLOAD, {"FileId": "1", "MediaBasicInfo": {"Name": "a", "Type": "mp4"}})
    kind: dict[str, Any] = {"application": application, "type": Type.NEW_FILE_UPLOAD, "transition": "uploaded"}
    Event.objects.bulk_create(
        (Event(subject=str(n), content=content, **kind) for n in range(events)), batch_size=500
    )  # fmt: skip

    def ask(action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(parameters).encode()
        signed = Signed(key.secret_id, key.secret_key, action=action, body=body, host="127.0.0.1")
        return _answered(wsgi, signed.headers(), body)

    step = {"Definition": template.definition, "StartTimeOffset": 0, "EndTimeOffset": 0.4}
    work = {"FileId": media.file_id, "MediaProcessTask": {"AnimatedGraphicTaskSet": [step] * _PICTURES}}
    task = ask("ProcessMedia", work)["TaskId"]
    handles = _handles(lambda: ask("PullEvents", {}))
    return {
        "DescribeTaskDetail": lambda: _well(ask("DescribeTaskDetail", {"TaskId": task})),
        "ProcessMedia": lambda: _well(ask("ProcessMedia", work)),
        "PullEvents": lambda: _well(ask("PullEvents", {})),
        "ConfirmEvents": lambda: _well(ask("ConfirmEvents", {"EventHandles": [next(handles)]})),
    }


def _handles(pull: Callable[[], dict[str, Any]]) -> Iterator[str]:
    for _ in itertools.count():
        yield from (event["EventHandle"] for event in pull()["EventSet"])


def _well(answer: dict[str, Any]) -> None:
    assert "Error" not in answer, answer


_spent = [0.0]  # by the last request


def _answered(wsgi: Any, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), "REMOTE_ADDR": "127.0.0.1",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }  # fmt: skip
    setup_testing_defaults(environ)
    began = time.process_time()
    response = wsgi(environ, lambda status, headers: None)
    content = b"".join(response)
    response.close()
    _spent[0] = time.process_time() - began
    answer: dict[str, Any] = json.loads(content)["Response"]
    return answer


@dataclass(frozen=True, slots=True)
class _Cost:
    """Milliseconds, the median; statements; of the database's server milliseconds and turns, the mean, or None."""

    spent: float
    statements: int
    server: tuple[float, float] | None


def _cost(ask: Callable[[], None], *, requests: int) -> _Cost:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(_WARM):
        ask()
    times, before = [], _server()
    for _ in range(requests):
        ask()
        times.append(_spent[0])
    after = _server()
    server = ((after[0] - before[0]) / requests, (after[1] - before[1]) / requests) if before and after else None
    with CaptureQueriesContext(connection) as asked:
        ask()
    return _Cost(statistics.median(times) * 1000, len(asked), server)


def _server() -> tuple[float, int] | None:
    """Milliseconds of processor time that this connection's server process has had, and how often it has waited."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return None
    process = Path(f"/proc/{connection.connection.info.backend_pid}")
    if not process.exists():  # on another machine
        return None
    waited = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (process / "status").read_text(), re.MULTILINE)
    return int((process / "schedstat").read_text().split()[0]) / 1e6, int(waited[1]) if waited else 0


def _profile(ask: Callable[[], None], *, requests: int) -> None:
    profile = cProfile.Profile(time.thread_time)  # what was waited for is the machine's, and not to be mended here
    for _ in range(_WARM):
        ask()
    profile.enable()
    for _ in range(requests):
        ask()
    profile.disable()
    pstats.Stats(profile).sort_stats("cumtime").print_stats(90)


def _database() -> str:
    from django.db import connection

    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]


def _report(found: dict[str, _Cost], *, requests: int) -> str:
    lines = [
        f"The median of {requests} requests, in milliseconds of this process's time, {_database()}, commit {commit()}, "
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.0f}. Wanted: {WANTED:g} ms.",
        "",
        "| action | ms | statements | the server's ms | its turns |",
        "|---|---|---|---|---|",
        *(f"| {action} | {one.spent:.1f} | {one.statements} | {_served(one)} |" for action, one in found.items()),
    ]
    return "\n".join(lines)


def _served(cost: _Cost) -> str:
    return f"{cost.server[0]:.2f} | {cost.server[1]:.1f}" if cost.server else "– | –"


if __name__ == "__main__":
    main()
