"""A consumer of the reliable queue: `python -m tests.faults.puller APP_ID LOG WORK`, until nothing is open.

WORK: seconds that it takes over each batch before it confirms.
Each line of LOG is one event pulled: its id, and the monotonic times before and after the call that pulled it.
"""

import sys
import time
from contextlib import suppress
from pathlib import Path

import django

django.setup()

from applications.models import Application  # noqa: E402
from media_jobs.events.services import HandleExpired, confirm_events, handle_of, open_events, pull_events  # noqa: E402


def main(app_id: str, path: str, work: float) -> None:
    application = Application.objects.get(app_id=app_id)
    with Path(path).open("a") as log:
        while True:
            before = time.monotonic()
            events = pull_events(application=application, wait=0)
            after = time.monotonic()
            log.writelines(f"{event.uid.hex} {before:.4f} {after:.4f} .\n" for event in events)
            log.flush()
            time.sleep(work if events else 0)
            if events:
                with suppress(HandleExpired):  # a busy machine took too long: they come again
                    confirm_events(application=application, handles=[handle_of(event) for event in events])
            elif open_events(application).exists():
                time.sleep(0.05)
            else:
                return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
