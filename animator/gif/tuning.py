"""What quality 1–100 means for a GIF: how close is close enough, in the kernel's numbers (gif.h, gif_tuning)."""

from math import pow, sqrt
from typing import NamedTuple

from animator.core.order import BALANCED, BEST, FAST
from animator.kernel.gif import ACTIVITIES, DEAREST, LEVELS, LOOK_AHEAD, WHILE, Levels, Tuning

EXACT_FROM = 75  # few-colour pictures are drawn without error from this quality on
CAREFUL_FROM = 90  # palettes are searched for longer from this quality on
DEFAULT = 75
STAYING, LASTING = 0.75, 0.3  # the share of an error's tolerance that a pixel has which stays, or does for long
ALLOWED = 48  # what a tolerance's error costs at DEFAULT where a pixel is left, in 16ths of a bit
DRIFT = 3  # as steps of a channel: where more of them pass, the mean of many pictures would lag behind
MOST_AHEAD = 10 * 2**20  # bytes that the pictures may take which are seen at once, if they are more than a few


class Search(NamedTuple):
    """How long palettes and strings are searched for (gif_tuning)."""

    sample: int
    bins: int
    passes: int
    patience: int
    renew: int = 0
    search: int = 0


SEARCHES = {
    FAST: Search(4000, 1024, 0, 4, 120),
    BALANCED: Search(24000, 2048, 1, 24),
    BEST: Search(60000, 4096, 4, 255, search=1),
}
CAREFUL = Search(60000, 4096, 3, 24)


def look_ahead(picture_bytes: int, *, quality: float, effort: int = BALANCED) -> int:
    """How many pictures are seen ahead: few of large ones, where it has to be fast, and where noise is wanted, too."""
    few = effort == FAST or quality >= CAREFUL_FROM or (LOOK_AHEAD + 1) * picture_bytes > MOST_AHEAD
    return WHILE if few else LOOK_AHEAD


def tuning_for(quality: float, *, effort: int = BALANCED, ahead: int = LOOK_AHEAD) -> Tuning:
    """Monotone: a higher quality never allows a larger error, and at 100 none that 255 colours don't force.

    The numbers at DEFAULT were found by measuring over the whole range: bytes against SSIM and PSNR after a blur, for
    animation, traffic, water, hand-held and still cameras, grey and grainy ones. Errors are squares (gif_error), and so
    grow with the square of the differences.
    """
    slack = slack_at(quality)
    more = grown(slack, 1.2)
    difference = round(4 * sqrt(slack))
    return Tuning(
        exact=quality >= EXACT_FROM,
        ahead=ahead,
        denoise=min(difference, 10) if difference > 1 else 0,
        drift=DRIFT,
        keep=difference,
        refine=round(90 * more),
        margin=round(35 * more),
        **search_for(quality, effort=effort)._asdict(),
        enough=round(22 * pow(slack, 1.15)),
        byte=round(300 * slack),
        lossy=Levels(*(round(tolerance(level, quality)) for level in range(LEVELS))),
        price=Levels(*(price(level, quality) for level in range(LEVELS))),
    )


def search_for(quality: float, *, effort: int) -> Search:
    return CAREFUL if effort == BALANCED and quality >= CAREFUL_FROM else SEARCHES[effort]


def slack_at(quality: float) -> float:
    """How much error is allowed: 1 at DEFAULT, none at 100, and twice as much every 15 steps down."""
    if quality >= DEFAULT:
        return pow((100 - quality) / (100 - DEFAULT), 1.5)
    return pow(2.0, (DEFAULT - quality) / 15)


def grown(slack: float, power: float) -> float:
    """What grows faster than other errors below DEFAULT."""
    return pow(slack, power) if slack > 1 else slack


def tolerance(level: int, quality: float) -> float:
    """How large an error may be for a longer string."""
    slack = slack_at(quality)
    return (40 * slack + 160 * busy(level) * grown(slack, 1.08)) * weight(level, quality)


def price(level: int, quality: float) -> int:
    """What an error of 256 costs where a pixel is left (gif_tuning): what is allowed to a string, about three bits.

    Errors far off the mean make a picture bad sooner than they make it small, so that below DEFAULT they cost more of
    that; above it less, as bytes are dear there. At 100 everything is drawn.
    """
    slack = slack_at(quality)
    if not slack:
        return 0
    share = pow(slack, 0.25 if slack > 1 else 0.4)
    return min(DEAREST, round(256 * ALLOWED * share / tolerance(level, quality)))


def weight(level: int, quality: float) -> float:
    """How much of a tolerance a pixel has: less where the pictures ahead leave it alone, so that errors last.

    Towards the qualities that see few pictures ahead it is the same for all that stays: no step down between them.
    """
    near = min(1.0, max(0.0, (quality - DEFAULT) / (CAREFUL_FROM - DEFAULT)))
    return (1, STAYING, LASTING + near * (STAYING - LASTING))[level // ACTIVITIES]


def busy(level: int) -> float:
    """0 where nothing goes on around a pixel, 1 where most does: errors hide there."""
    return level % ACTIVITIES / (ACTIVITIES - 1)
