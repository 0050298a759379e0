"""A year of the embedded broker, hour by hour: `python -m tests.bench.broker [--docs docs]`.

An idle service sends a message every ten seconds and one more each hour. Each hour's messages are written and taken as
the broker does it, an hour in one transaction of SQLite's to be done in minutes. Writes a section of performance.md.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

from config.broker.message_file import MessageFile
from tests.bench.document import write_section

MARKS = (1, 10, 30, 100, 365)  # days after which it is measured
AN_HOUR = 360 + 1
PAYLOAD = "x" * 1100  # what a message of Celery's takes
LOOKS = 1000


class HourlyFile(MessageFile):
    def begin(self) -> None:
        self._rows("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._rows("COMMIT")


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.bench.broker", description="A year of the embedded broker.")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where performance.md is (docs)")
    docs = parser.parse_args().docs
    with tempfile.TemporaryDirectory() as folder:
        text = _TEXT.format(rows="\n".join(_measured(Path(folder))))
    print(text)
    write_section(docs, "A year of the embedded broker", text)


def _measured(folder: Path) -> Iterator[str]:
    with closing(HourlyFile(folder / "broker.sqlite3")) as file:
        for day in range(1, MARKS[-1] + 1):
            _live_through_a_day(file)
            if day in MARKS:
                size = sum(path.stat().st_size for path in folder.iterdir())
                yield f"| {day} | {day * 24 * AN_HOUR:,} | {size / 1e6:.2f} MB | {_empty_look(file) * 1e3:.3f} ms |"


def _live_through_a_day(file: HourlyFile) -> None:
    for _ in range(24):
        file.begin()
        for _ in range(AN_HOUR):
            file.put("maintenance", PAYLOAD)
        while file.take("maintenance"):
            pass
        file.commit()


def _empty_look(file: MessageFile) -> float:
    """Seconds, the median."""
    taken = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        file.take("maintenance")
        taken.append(time.perf_counter() - began)
    return median(taken)


_TEXT = """What an idle service's clock sends, taken as it comes. Size: file and journal; an empty look: the median.

| days | messages so far | size | an empty look |
|---|---|---|---|
{rows}
"""


if __name__ == "__main__":
    main()
