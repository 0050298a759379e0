"""What a template would make, told while it is being written: sizes, and what to know about its frame rate."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from animator.core.errors import InvalidSpec
from animator.core.order import AnimationSpec
from console.forms.template_form import TemplateForm

SOURCES = ((gettext_lazy("Landscape"), 1920, 1080), (gettext_lazy("Portrait"), 1080, 1920))
_DRAWING = 72  # the longer side of the drawn frame, in the SVG's units
_GIF_FASTEST = 50  # a GIF frame lasts at least 20 ms: browsers play shorter ones at 100 ms


@dataclass(frozen=True, slots=True)
class SizePreview:
    """What a source becomes, with `width` and `height` in pixels of the output.

    `drawn_width`, `drawn_height`, `left` and `top` give the same shape as a small drawing.
    """

    label: str
    source: str
    width: int
    height: int

    @property
    def drawn_width(self) -> int:
        return max(2, _DRAWING * self.width // max(self.width, self.height))

    @property
    def drawn_height(self) -> int:
        return max(2, _DRAWING * self.height // max(self.width, self.height))

    @property
    def left(self) -> int:
        return (_DRAWING - self.drawn_width) // 2

    @property
    def top(self) -> int:
        return (_DRAWING - self.drawn_height) // 2


def size_previews(form: TemplateForm) -> list[SizePreview]:
    """Empty while the form has mistakes."""
    if not form.is_valid():
        return []
    names = ("format", "fps", "width", "height", "crop", "anchor")
    values = {name: form.cleaned_data[name] for name in names}
    try:
        spec = AnimationSpec(**values, adaptive=form.cleaned_data["resolution_adaptive"])
        return [
            SizePreview(str(label), f"{width}×{height}", *_made(spec, width, height))
            for label, width, height in SOURCES
        ]
    except InvalidSpec:
        return []


def _made(spec: AnimationSpec, width: int, height: int) -> tuple[int, int]:
    """Raises InvalidSpec when the crop reaches past such a source."""
    view = spec.framing.cropped(width, height)
    return spec.output_size(round(view.width * width), round(view.height * height))


def rate_notes(form: TemplateForm) -> Iterator[str]:
    """One sentence for each thing about the frame rate that surprises people."""
    form.is_valid()
    fps, image = form.cleaned_data.get("fps"), form.cleaned_data.get("format")
    if not fps:
        return
    if fps <= 3:
        yield _("At {fps} frames a second the image looks like a slideshow. 10 or more look like motion.").format(
            fps=fps
        )
    if image == "gif" and fps > _GIF_FASTEST:
        yield _("Browsers play a GIF at 50 frames a second at most, so this one is sampled at 50. A WebP is not.")
    elif image == "gif" and 100 % fps:
        said = _(
            "A GIF counts in hundredths of a second: at {fps} frames a second its frames last {low} or {high} of "
            "them in turn, so that the total is right."
        )
        yield said.format(fps=fps, low=100 // fps, high=100 // fps + 1)
