"""HTML that shows a picture and its siblings on a page: to each browser the smallest file that it knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from animator.core.siblings import POSTERS

TYPES = {
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "apng": "image/apng",
    "mp4": "video/mp4",
    "webm": "video/webm",
}
FILMS = ("mp4", "webm")
# What the most browsers and mail programs show: first.
KNOWN = ("gif", "apng", "webp", "avif")


@dataclass(frozen=True, slots=True)
class Shown:
    """A file: its kind (a format, or a name of siblings.SUFFIXES), its address, pixels and bytes."""

    kind: str
    address: str
    width: int
    height: int
    size: int


def picture(files: Sequence[Shown], *, alt: str) -> str:
    """An <img> of what all know, in a <picture> with what is smaller for those who know it."""
    images = [one for one in files if one.kind in KNOWN]
    plain = min(images, key=lambda one: KNOWN.index(one.kind))
    image = (
        f'<img src="{escape(plain.address)}" width="{plain.width}" height="{plain.height}" alt="{escape(alt)}" '
        'loading="lazy" decoding="async">'
    )
    smaller = [one for one in images if one.size < plain.size]
    return "\n".join(["<picture>", *_sources(smaller, "srcset"), f"  {image}", "</picture>"]) if smaller else image


def video(files: Sequence[Shown], *, alt: str) -> str:
    """A silent <video> that plays as a picture does, which is in it for those who know none; "" without a film."""
    films = [one for one in files if one.kind in FILMS]
    if not films:
        return ""
    first, stills = films[0], [one for one in files if one.kind in POSTERS]
    poster = min(stills, key=lambda one: one.size, default=None)
    still = f' poster="{escape(poster.address)}"' if poster else ""
    begins = (
        f'<video width="{first.width}" height="{first.height}"{still} autoplay loop muted playsinline '
        f'loading="lazy" aria-label="{escape(alt)}">'
    )
    inside = (f"  {line}" for line in picture(files, alt=alt).splitlines())
    return "\n".join([begins, *_sources(films, "src"), *inside, "</video>"])


def _sources(files: Iterable[Shown], name: str) -> Iterable[str]:
    """The smallest first: a browser takes the first that it knows."""
    for one in sorted(files, key=lambda one: one.size):
        yield f'  <source {name}="{escape(one.address)}" type="{TYPES[one.kind]}">'
