import pytest

from console.forms.template_form import TemplateForm
from console.studio.previews import rate_notes, size_previews

PLAIN = {"format": "webp", "fps": "10", "quality": "75", "width": "0", "height": "0"}


def _sizes(**values: str) -> list[tuple[int, int]]:
    return [(shape.width, shape.height) for shape in size_previews(TemplateForm(PLAIN | values))]


def test_with_the_switch_on_the_width_is_the_long_side_of_either_shape() -> None:
    assert _sizes(width="640", resolution_adaptive="on") == [(640, 360), (360, 640)]


def test_with_the_switch_off_the_width_is_the_width() -> None:
    assert _sizes(width="640") == [(640, 360), (640, 1138)]


def test_an_empty_size_follows_the_source() -> None:
    assert _sizes(width="", height="") == [(1920, 1080), (1080, 1920)]


@pytest.mark.parametrize("values", [{"width": "100"}, {"fps": "61"}, {"fps": ""}, {"format": "apng"}, {"quality": "x"}])
def test_there_is_no_preview_of_what_cant_be_made(values: dict[str, str]) -> None:
    assert _sizes(**values) == []


@pytest.mark.parametrize(
    ("image", "fps", "note"),
    [
        ("gif", "2", "slideshow"),
        ("webp", "3", "slideshow"),
        ("gif", "30", "last 3 or 4 of them"),
        ("gif", "60", "at 50 frames a second at most"),
        ("gif", "25", ""),
        ("webp", "60", ""),
        ("webp", "", ""),
    ],
)
def test_surprising_frame_rates_are_explained(image: str, fps: str, note: str) -> None:
    notes = " ".join(rate_notes(TemplateForm(PLAIN | {"format": image, "fps": fps})))
    assert note in notes
    assert bool(note) == bool(notes)
