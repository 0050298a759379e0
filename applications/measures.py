"""What processes count, for /metrics (config/observing/metrics.py), which adds up those of one data folder.

Each label has few values, whatever anybody asks for: no id, name or address is one.
"""

import os
import time
from pathlib import Path

from prometheus_client import Counter, Histogram, values

from applications.measure_file import MeasureFile

values.MmapedDict = MeasureFile  # type: ignore[attr-defined]  # before the first of them is made
DOOR = "zoetrope.door"  # in a request's META: which of the cloud's doors answered it
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LONG = (0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800)

http_seconds = Histogram(
    "zoetrope_http_seconds",
    "From a request's last header to the answer's first byte",
    ["door", "method", "status"],
    buckets=_SECONDS,
)
job_seconds = Histogram(
    "zoetrope_job_seconds", "A job's turn in a worker, by how it ended", ["kind", "end"], buckets=_LONG
)
encoded_pixels = Counter("zoetrope_encoded_pixels", "Width × height × frames of finished pictures", ["format"])
encoding_seconds = Counter("zoetrope_encoding_seconds", "Spent on finished pictures, file to file", ["format"])
delivery_seconds = Histogram("zoetrope_delivery_seconds", "One try to push an event", ["outcome"], buckets=_SECONDS)
transferred_bytes = Counter("zoetrope_transferred_bytes", "Fetched from other people's servers")


def forget_dead_processes(*, older_than: float) -> None:
    """The counts of processes of this host that ended so many seconds ago; a rate doesn't miss them."""
    for path in Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).glob("*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if not Path(f"/proc/{pid}").exists() and path.stat().st_mtime < time.time() - older_than:
            path.unlink(missing_ok=True)
