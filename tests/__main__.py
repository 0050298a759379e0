"""Every test: `python -m tests`, what `make test` runs. More arguments are pytest's.

All on the embedded default, and beside it some once more on PostgreSQL with RabbitMQ and with Redis. Most of what the
longest of them do is wait, so that there is one process more than there are processors.
"""

import os
import sys

from tests import services
from tests.suite import Run, outcome


def main() -> int:
    everything = Run("-n", str((os.cpu_count() or 1) + 1), "--dist", "loadgroup", *sys.argv[1:])
    if said := services.missing():
        return outcome([everything]) or services.skipped(said)
    return outcome([everything, *services.begun()])


if __name__ == "__main__":
    sys.exit(main())
