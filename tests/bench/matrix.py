"""Every file of a folder through upload and task flow: `python -m tests.bench.matrix FOLDER`.

Frames, duration, size and orientation of the GIF and the WebP are compared with what the source's own header promises,
read by another route (FFmpeg's command line tool) than the engine's. Exits with 1 if one differs.
"""

import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

START, END, FPS, LONG_SIDE = 0.5, 2.5, 10, 320
# So long a last picture before the end may stay, seconds: the one after it shows that it does.
PAUSE = 10
COLUMNS = "{:34} {:5} {:>9} {:>9} {:>7} {:>7} {:>7} {:>7}  {}"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the picture must be: pixels after rotation and squaring, seconds, ticks."""

    width: int
    height: int
    duration: float
    frames: int


def main(folder: Path) -> int:
    clips = sorted(path for path in folder.iterdir() if path.suffix.lower() not in (".md", ".txt"))
    print(COLUMNS.format("file", "kind", "size", "wanted", "seconds", "wanted", "ticks", "wanted", "verdict"))
    wrong = 0
    with tempfile.TemporaryDirectory() as data:
        for row in _rows(clips, Path(data)):
            print(COLUMNS.format(*row))
            wrong += not row[-1].startswith("ok")
    print(f"{len(clips)} files, {wrong} differ")
    return 1 if wrong or not clips else 0


def _rows(clips: list[Path], data: Path) -> Iterator[tuple[Any, ...]]:
    application = _house(data)
    from applications.errors import InvalidValue
    from media_jobs.maintenance import worker
    from media_jobs.models import AnimatedImage, Job

    for clip in clips:
        try:
            media = _upload(application, clip)
        except InvalidValue as error:
            yield clip.name, "-", "-", "-", "-", "-", "-", "-", str(error)
            continue
        worker.drain()
        wanted = _expected(clip)
        images = {image.container: image for image in AnimatedImage.objects.filter(media=media)}
        for kind in ("gif", "webp"):
            if wanted is None:
                yield clip.name, kind, "-", "-", "-", "-", "-", "-", "DIFFERS" if kind in images else "ok, no video"
                continue
            if kind not in images:
                failed = Job.objects.filter(media=media).exclude(message="").first()
                yield clip.name, kind, "-", "-", "-", "-", "-", "-", failed.message if failed else "no result"
                continue
            yield _judged(clip.name, images[kind], wanted)


def _judged(name: str, image: Any, wanted: Expected) -> tuple[Any, ...]:
    ticks = round(image.duration * FPS)
    same_size = (image.width, image.height) == (wanted.width, wanted.height)
    right = same_size and abs(image.duration - wanted.duration) <= 0.01 and ticks == wanted.frames
    size, wanted_size = f"{image.width}x{image.height}", f"{wanted.width}x{wanted.height}"
    times = (f"{image.duration:.2f}", f"{wanted.duration:.2f}", ticks, wanted.frames)
    return name, image.container, size, wanted_size, *times, "ok" if right else "DIFFERS"


def _house(data: Path) -> Any:
    """A fresh Zoetrope in `data` with a task flow "matrix" of a GIF and a WebP."""
    os.environ.update(ZOETROPE_DATA_DIR=str(data), DJANGO_SETTINGS_MODULE="config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from applications.models import Application
    from config.start.first_start import first_start
    from procedures.plan import StepInput
    from procedures.services import create_procedure
    from templates_app.services import create_template

    call_command("migrate", verbosity=0)
    first_start()
    application = Application.objects.get()
    steps = []
    for kind in ("gif", "webp"):
        template = create_template(application=application, fields={"format": kind, "width": LONG_SIDE, "fps": FPS})
        steps.append(StepInput(definition=template.definition, start=START, end=END))
    create_procedure(application=application, name="matrix", steps=steps)
    return application


def _upload(application: Any, clip: Path) -> Any:
    from media_jobs.uploads import services as uploads

    wanted = uploads.Wanted(name=clip.name, length=clip.stat().st_size, procedure="matrix")
    upload = uploads.begin(application=application, wanted=wanted, door="matrix")
    with clip.open("rb") as file:
        uploads.append(upload_id=upload.id, offset=0, source=file)
    return uploads.commit(upload_id=upload.id)


def _expected(clip: Path) -> Expected | None:
    """As FFmpeg's tool shows the first seconds: autorotated, pixels squared; None where it shows no picture."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "info", "-t", str(END + PAUSE), "-i", str(clip)]
    answer = subprocess.run(
        [*command, "-vf", "showinfo", "-f", "null", "-"], capture_output=True, text=True, check=False
    )
    shown = re.findall(r" pts_time:(\S+) .*? duration_time:(\S+) .*? sar:(\d+)/(\d+) s:(\d+)x(\d+) ", answer.stderr)
    if not shown:
        return None
    across, down, width, height = map(int, shown[0][2:])
    shape = Fraction(width * (across or 1), height * (down if across else 1))
    side = 2 * math.floor(LONG_SIDE * min(shape, 1 / shape) / 2 + Fraction(1, 2))
    size = (LONG_SIDE, side) if shape >= 1 else (side, LONG_SIDE)
    ends = max(float(begin) + float(lasts) for begin, lasts, *_ in shown)
    frames = round((min(END, ends) - START) * FPS)
    return Expected(width=size[0], height=size[1], duration=frames / FPS, frames=frames)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("Name a folder of videos: make matrix MEDIA=folder")
    sys.exit(main(Path(sys.argv[1])))
