"""`make clients`: every pinned client does what it is for, unmodified; the matrix goes into docs/compatibility.md.

`python -m tests.clients PACKAGE …` runs these alone anew. It fails when a field of the matrix is red.
"""

import sys
import tempfile
import time
from pathlib import Path
from subprocess import SubprocessError

from PIL import Image

from animator.make.sample import render_sample
from tests.clients import matrix
from tests.clients.pinned import Pinned, pinned
from tests.clients.service import Service, service
from tests.clients.showing import Things, show

MIB = 1024 * 1024


def main(packages: list[str]) -> int:
    began = time.monotonic()
    chosen = [one for one in pinned() if not packages or one.package in packages]
    faults = matrix.found() if packages else {}
    with tempfile.TemporaryDirectory() as name, service(_made(Path(name), "data")) as running:
        files = _files(_made(Path(name), "files"))
        media = running.instance.api.post("media", files={"file": ("a.mp4", files["whole upload"].read_bytes())})
        for one in chosen:
            for column in one.shows:
                home = _made(Path(name), f"home/{one.folder.name}-{one.program}-{column}")
                fault = _fault(running, one, column, Things(files, home, media.json()["file_id"]))
                faults[one.title, one.version, column] = fault
                print(f"{one.title} {one.version}, {column}: {fault or 'ok'}", flush=True)
            matrix.write(faults)
    print(f"{len(chosen)} releases in {(time.monotonic() - began) / 60:.1f} minutes")
    return 1 if any(faults.values()) else 0


def _fault(running: Service, one: Pinned, column: str, things: Things) -> str:
    """What went wrong, "" when nothing did."""
    try:
        one.install()
    except SubprocessError as error:
        return f"It can't be installed: {error}"
    try:
        show(running, one, column, things)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _files(folder: Path) -> dict[str, Path]:
    """A small clip, and larger ones for what goes in parts: a box at their end is skipped by every player."""
    clip = render_sample(folder / "clip.mp4", seconds=2, width=320, height=180)
    data = clip.read_bytes()
    made = {"whole upload": clip, "cover picture": folder / "cover.png"}
    Image.new("RGB", (64, 36), "red").save(made["cover picture"])
    for column, size in {"multipart": 40 * MIB, "resume": 22 * MIB, "stream": 5 * MIB}.items():
        made[column] = folder / f"{column}.mp4"
        room = size - len(data)
        made[column].write_bytes(data + room.to_bytes(4, "big") + b"free" + bytes(room - 8))
    made["resume, seven bits"] = folder / "seven-bits.mp4"
    made["resume, seven bits"].write_bytes(_in_seven_bits(MIB, boxes=22))
    return made


def _in_seven_bits(size: int, *, boxes: int) -> bytes:
    """The beginning of an MP4, and then nothing but boxes to skip: no byte is above 127."""
    data = (
        b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom" + (size.to_bytes(4, "big") + b"free" + bytes(size - 8)) * boxes
    )
    assert max(data) < 128
    return data


def _made(folder: Path, name: str) -> Path:
    (folder / name).mkdir(parents=True)
    return folder / name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
