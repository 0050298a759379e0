"""How a finished picture is put on a page, and what it says to those who don't see it."""

from animator.core.snippet import Shown, picture, video
from applications.errors import InvalidValue
from media_jobs.models import AnimatedImage
from media_jobs.store.storage import url_of

MAX_ALT = 300


def alt_of(image: AnimatedImage) -> str:
    """Its own alternative text, else its media's, else the media's name."""
    return image.alt or image.media.alt or image.media.name


def picture_of(image: AnimatedImage) -> str:
    """HTML with an <img>, and smaller files for those who know them."""
    return picture(_files(image), alt=alt_of(image))


def video_of(image: AnimatedImage) -> str:
    """HTML with a <video> around it; "" when no film was made."""
    return video(_files(image), alt=alt_of(image))


def check_alt(alt: str) -> None:
    """Raises InvalidValue."""
    if len(alt) > MAX_ALT:
        raise InvalidValue(f"An alternative text has at most {MAX_ALT} characters.", field="alt")


def describe_image(*, image: AnimatedImage, alt: str) -> AnimatedImage:
    """Give it an alternative text of its own; "" is as its media's. Raises InvalidValue."""
    check_alt(alt)
    AnimatedImage.objects.filter(pk=image.pk).update(alt=alt)
    image.alt = alt
    return image


def _files(image: AnimatedImage) -> list[Shown]:
    made = (Shown(one.kind, url_of(one.storage_key), one.width, one.height, one.size) for one in image.siblings.all())
    return [Shown(image.container, url_of(image.storage_key), image.width, image.height, image.size), *made]
