"""What quality 1–100 means for a GIF: how close is close enough, in the kernel's numbers (gif.h, gif_tuning)."""

from math import pow, sqrt

from animator.kernel.gif import ACTIVITIES, LEVELS, Levels, Tuning

EXACT_FROM = 75  # few-colour pictures are drawn without error from this quality on
DEFAULT = 75
LEAST = 0.05  # with no slack at all the noise of the dithering would be drawn anew in every picture


def tuning_for(quality: float) -> Tuning:
    """Monotone: a higher quality never allows a larger error.

    The numbers at DEFAULT were found by measuring: bytes against SSIM, PSNR and PSNR after a blur, over animation,
    traffic, water and a still camera. Errors are squares, and so grow with the square of the differences.
    """
    slack = slack_at(quality)
    difference = round(4 * sqrt(slack))
    return Tuning(
        exact=quality >= EXACT_FROM,
        denoise=min(difference, 10),
        keep=difference,
        refine=round(70 * slack),
        margin=round(30 * slack),
        passes=1,
        dither=Levels(*(round(dither(level) * min(1, 0.4 + 0.6 * slack)) for level in range(LEVELS))),
        lossy=Levels(*(round((20 + 80 * busy(level)) * slack) for level in range(LEVELS))),
    )


def slack_at(quality: float) -> float:
    """How much error is allowed: 1 at DEFAULT, hardly any at 100, and twice as much every 15 steps down."""
    if quality >= DEFAULT:
        return LEAST + (1 - LEAST) * pow((100 - quality) / (100 - DEFAULT), 1.5)
    return pow(2.0, (DEFAULT - quality) / 15)


def busy(level: int) -> float:
    """0 where nothing goes on around a pixel, 1 where most does: errors hide there."""
    return level % ACTIVITIES / (ACTIVITIES - 1)


def dither(level: int) -> int:
    """Less for a pixel that will stay: later pictures bring it nearer to its colour, and need no dots for it."""
    return 100 if level >= ACTIVITIES else 144
