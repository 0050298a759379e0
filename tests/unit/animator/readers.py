"""What other people's programs find in a GIF or a WebP: gifsicle, giflib, libwebp's tools, FFmpeg and Pillow."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
PAM_BODY = b"ENDHDR\n"


@dataclass(frozen=True)
class Found:
    """What is in a file.

    `size` is width and height; `endless` says whether it loops for ever. `durations` are in milliseconds. `boxes` are
    x, y, width and height of each frame.
    """

    size: tuple[int, int]
    endless: bool
    durations: list[int]
    boxes: list[Box]


@dataclass(frozen=True)
class WebPFrame:
    box: Box
    milliseconds: int
    alpha: bool
    blend: bool
    clears: bool


@dataclass(frozen=True)
class WebPFound(Found):
    features: list[str]
    frames: list[WebPFrame]


def silent(*command: str | Path) -> bytes:
    """The output of a program that must succeed and complain of nothing."""
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, ""), command
    return done.stdout


def by_pillow(file: Path) -> Iterator[tuple[Pixels, int]]:
    """Each frame as it is seen, RGBA, and its milliseconds."""
    with Image.open(file) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            yield np.asarray(image.convert("RGBA")), round(image.info.get("duration", 0))


def seen(picture: Pixels) -> Pixels:
    """Without the colours that full transparency hides."""
    return np.where(picture[..., 3:] > 0, picture, np.uint8(0))


def by_gifsicle(gif: Path) -> Found:
    text = silent("gifsicle", "--info", gif).decode()
    size = re.search(r"logical screen (\d+)x(\d+)", text)
    images = re.findall(r"\+ image #\d+ (\d+)x(\d+)(?: at (\d+),(\d+))?", text)
    delays = re.findall(r" delay ([\d.]+)s", text)
    assert size
    return Found(
        size=(int(size[1]), int(size[2])),
        endless="  loop forever\n" in text,
        durations=[round(1000 * float(delay)) for delay in delays],
        boxes=[(int(x or 0), int(y or 0), int(width), int(height)) for width, height, x, y in images],
    )


def by_giflib(gif: Path) -> Found:
    """gifbuild unpacks every picture before it tells what it found."""
    text = silent("gifbuild", "-d", gif).decode()
    size = [int(_only(text, rf"^screen {side} (\d+)$")) for side in ("width", "height")]
    places = re.findall(r"^image left (\d+)\nimage top (\d+)\n", text, re.MULTILINE)
    extents = re.findall(r"^image bits (\d+) by (\d+)", text, re.MULTILINE)
    return Found(
        size=(size[0], size[1]),
        endless=_only(text, r"^netscape loop (\d+)$") == "0",
        durations=[10 * int(delay) for delay in re.findall(r"^\tdelay (\d+)$", text, re.MULTILINE)],
        boxes=[(int(x), int(y), int(w), int(h)) for (x, y), (w, h) in zip(places, extents, strict=True)],
    )


def _only(text: str, pattern: str) -> str:
    (found,) = re.findall(pattern, text, re.MULTILINE)
    return str(found)


def by_webpmux(webp: Path) -> WebPFound:
    text = silent("webpmux", "-info", webp).decode()
    head = re.search(r"Canvas size: (\d+) x (\d+)\nFeatures present:(.*)\n.*Loop Count : (\d+)\n.*: (\d+)\n", text)
    rows = re.findall(r"^ *\d+:" + r" +(\w+)" * 8 + r" +\d+ +(?:lossy|lossless)$", text, re.MULTILINE)
    assert head and int(head[5]) == len(rows)
    frames = [_webp_frame(row) for row in rows]
    return WebPFound(
        size=(int(head[1]), int(head[2])),
        endless=head[4] == "0",
        durations=[frame.milliseconds for frame in frames],
        boxes=[frame.box for frame in frames],
        features=head[3].split(),
        frames=frames,
    )


def _webp_frame(row: Sequence[str]) -> WebPFrame:
    width, height, alpha, x, y, milliseconds, dispose, blend = row
    return WebPFrame(
        box=(int(x), int(y), int(width), int(height)),
        milliseconds=int(milliseconds),
        alpha=alpha == "yes",
        blend=blend == "yes",
        clears=dispose == "background",
    )


def drawn_by_ffmpeg(file: Path) -> list[Pixels]:
    """RGBA, by the ffmpeg program. As PAM: for a tiny picture its raw output warns of a low bit rate."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-xerror", "-i", file, "-fps_mode", "passthrough"]
    pams = silent(*command, "-c:v", "pam", "-pix_fmt", "rgba", "-f", "image2pipe", "-")
    each = pams.index(PAM_BODY) + len(PAM_BODY) + _from_pam(pams).nbytes
    return [_from_pam(pams[start : start + each]) for start in range(0, len(pams), each)]


def drawn_by_pyav(file: Path) -> list[Pixels]:
    with av.open(str(file)) as source:
        return [frame.to_ndarray(format="rgba").astype(np.uint8) for frame in source.decode(video=0)]


def drawn_by_giflib(gif: Path, *, folder: Path) -> list[tuple[Pixels, int]]:
    """As by_pillow. gif2webp reads with giflib and lays the pictures together; its WebP may join equal neighbours."""
    copy = folder / "copy.webp"
    silent("gif2webp", "-quiet", "-m", "0", gif, "-o", copy)
    return list(by_pillow(copy))


def unpacked_by_gifsicle(gif: Path, *, folder: Path) -> Path:
    """The GIF again, each picture unpacked and packed anew. gifsicle would warn that it keeps local palettes."""
    copy = folder / "copy.gif"
    silent("gifsicle", "--no-warnings", "--interlace", gif, "-o", copy)
    return copy


def drawn_by_gifsicle(gif: Path, *, folder: Path) -> list[Pixels]:
    """Each frame whole. gifsicle can do that only with one palette for all: 256 colours at most."""
    one_palette, copy = folder / "one_palette.gif", folder / "copy.gif"
    silent("gifsicle", gif, "-o", one_palette)
    silent("gifsicle", "--unoptimize", one_palette, "-o", copy)
    found = by_gifsicle(copy)
    assert set(found.boxes) == {(0, 0, *found.size)}
    return [picture for picture, _ in by_pillow(copy)]


def drawn_by_libwebps_tools(webp: Path, *, folder: Path) -> Iterator[Pixels]:
    """webpmux takes the frames out, dwebp decodes each, and the container specification's rules lay them together."""
    found = by_webpmux(webp)
    canvas = np.zeros((found.size[1], found.size[0], 4), np.uint8)
    for number, frame in enumerate(found.frames, 1):
        x, y, width, height = frame.box
        below = canvas[y : y + height, x : x + width]
        picture = _dwebp(webp, number, folder=folder)
        below[:] = _over(picture, below) if frame.blend else picture
        yield canvas.copy()
        if frame.clears:
            below[:] = 0


def _dwebp(webp: Path, number: int, *, folder: Path) -> Pixels:
    still = folder / "still.webp"
    subprocess.run(["webpmux", "-get", "frame", str(number), webp, "-o", still], check=True, capture_output=True)
    return _from_pam(silent("dwebp", "-quiet", "-nodither", still, "-pam", "-o", "-"))


def _from_pam(pam: bytes) -> Pixels:
    """The first picture in it, RGBA."""
    head, _, raw = pam.partition(PAM_BODY)
    width, height = (int(_only(head.decode(), rf"^{side} (\d+)$")) for side in ("WIDTH", "HEIGHT"))
    return np.frombuffer(raw, np.uint8, count=4 * width * height).reshape(height, width, 4)


def _over(picture: Pixels, below: Pixels) -> Pixels:
    above, under = picture[..., 3:] / 255, below[..., 3:] / 255
    alpha = above + under * (1 - above)
    colour = picture[..., :3] * above + below[..., :3] * under * (1 - above)
    mixed = np.concatenate([colour / np.maximum(alpha, 1e-9), 255 * alpha], axis=2)
    return np.where(picture[..., 3:] == 255, picture, np.rint(mixed).astype(np.uint8))
