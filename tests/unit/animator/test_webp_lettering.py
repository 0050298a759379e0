"""Lettering and drawings in a WebP: sharp in strong colours, and no larger for it."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from av import VideoFrame
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage.metrics import structural_similarity

from animator import kernel
from animator.core.order import AnimationSpec, Order
from animator.make.crossfade import blended
from animator.make.pipeline import animate
from animator.picture.chain import Chain
from animator.picture.colour import converted
from animator.webp import encoder as webp
from tests.unit.animator.webp_reader import canvas_for, luma, noisy_pan, played, shown

WIDTH, HEIGHT = 160, 96
PAIRS = [("red", "blue"), ("white", "red"), ("black", "yellow"), ("#c03030", "#203060")]
Pixels = NDArray[np.uint8]


def page(ink: str, ground: str, *, count: int = 0, times: int = 2) -> Pixels:
    """Lines of lettering and a block that moves on with `count`, so many times larger than WIDTH x HEIGHT."""
    picture = Image.new("RGB", (times * WIDTH, times * HEIGHT), ground)
    draw = ImageDraw.Draw(picture)
    for line in range(6):
        draw.text((6, 32 * line), "Red words on blue 0123456789", fill=ink, font=ImageFont.load_default(24))
    draw.rectangle((12 * count, 100, 12 * count + 40, 130), fill=ink)
    return np.asarray(picture)


def wanted(picture: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(picture).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


def clip(path: Path, pictures: list[Pixels], *, pixel_format: str) -> Path:
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "8"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixel_format
        for picture in pictures:
            container.mux(stream.encode(VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def noise(one: Pixels, other: Pixels) -> float:
    """In dB of RGB."""
    return float(10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2)))


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_small_words_in_strong_colours_keep_them(tmp_path: Path, ink: str, ground: str, pixel_format: str) -> None:
    pictures = [page(ink, ground, count=count) for count in range(4)]
    source = clip(tmp_path / "clip.mp4", pictures, pixel_format=pixel_format)
    animate(source, tmp_path / "out.webp", Order(spec=AnimationSpec(format="webp", fps=10, width=WIDTH)))
    file = played((tmp_path / "out.webp").read_bytes())
    best_halved = wanted(pictures[0])
    image = VideoFrame.from_ndarray(best_halved, format="rgb24").reformat(format="yuv420p")
    halved = noise(_as_webp(image), best_halved)
    for count, picture in enumerate(pictures):
        assert noise(file.at(100 * count + 50)[..., :3], wanted(picture)) > halved + 4
    assert (tmp_path / "out.webp").stat().st_size < 4 * len(_lossy(image))


def _lossy(image: VideoFrame, quality: int = 75) -> bytes:
    target = io.BytesIO()
    Image.fromarray(image.to_ndarray(format="rgb24")).save(target, "WEBP", quality=quality)
    return target.getvalue()


def _as_webp(image: VideoFrame) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(_lossy(image, 100))).convert("RGB"))


@pytest.mark.parametrize("quality", [40.0, 75.0, 97.0])
def test_what_did_not_change_shows_through_a_page(quality: float) -> None:
    pictures = [wanted(page("white", "#a02020", count=count)) for count in range(4)]
    file = played(_whole(pictures, quality=quality))
    for count, picture in enumerate(pictures):
        assert noise(file.at(100 * count)[..., :3], picture) > 30


def _whole(pictures: list[Pixels], *, quality: float) -> bytes:
    images = [VideoFrame.from_ndarray(one, format="rgb24").reformat(format="yuv444p") for one in pictures]
    came = [one._replace(image=image) for one, image in zip(shown(pictures), images, strict=True)]
    target = io.BytesIO()
    webp.encode(iter(came), target, canvas_for(pictures, quality=quality), on_tick=lambda done: None)
    return target.getvalue()


def test_a_film_is_coded_as_before_though_its_colours_are_strong() -> None:
    pictures = noisy_pan(WIDTH, HEIGHT, count=3)
    file = io.BytesIO()
    webp.encode(iter(shown(pictures)), file, canvas_for(pictures), on_tick=lambda done: None)
    assert b"VP8L" not in file.getvalue()


def test_a_page_fades_into_a_film() -> None:
    whole = VideoFrame.from_ndarray(wanted(page("red", "blue")), format="rgb24").reformat(format="yuv444p")
    halved = VideoFrame.from_ndarray(noisy_pan(WIDTH, HEIGHT, count=1)[0], format="rgb24").reformat(format="yuv420p")
    assert blended(whole, halved, share=0.5).format.name == "yuv444p"
    assert blended(halved, whole, share=0.5).format.name == "yuv420p"


def test_without_the_kernel_a_page_is_still_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "library", lambda: None)
    source = clip(tmp_path / "clip.mp4", [page("red", "blue")] * 2, pixel_format="yuv444p")
    animate(source, tmp_path / "out.webp", Order(spec=AnimationSpec(format="webp", fps=10, width=WIDTH)))
    assert played((tmp_path / "out.webp").read_bytes()).size == (WIDTH, HEIGHT)


def test_at_the_best_quality_a_film_is_made_of_the_colours_that_are_wanted(tmp_path: Path) -> None:
    """As near as whole pictures that libwebp makes of the same RGB; scaled at once they would be further off."""
    pictures = noisy_pan(2 * WIDTH, 2 * HEIGHT, count=2)
    source = clip(tmp_path / "clip.mp4", pictures, pixel_format="yuv420p")
    order = Order(spec=AnimationSpec(format="webp", fps=10, width=WIDTH, quality=100.0))
    animate(source, tmp_path / "out.webp", order)
    made = played((tmp_path / "out.webp").read_bytes()).at(0)[..., :3]
    with av.open(source) as container:
        frame = next(container.decode(video=0))
    filters = converted(frame, width=WIDTH, height=HEIGHT, pixel_format="rgb24")
    seen = Chain(frame, filters).run(frame).to_ndarray(format="rgb24")
    theirs = _as_webp(VideoFrame.from_ndarray(seen, format="rgb24"))
    assert ssim(made, seen) >= ssim(theirs, seen) - 2e-5


def ssim(one: Pixels, other: Pixels) -> float:
    return float(structural_similarity(luma(one), luma(other), data_range=255))
