"""What quality 1–100 means for a GIF: how close is close enough, in the kernel's numbers (gif.h, gif_tuning)."""

from animator.kernel.gif import ACTIVITIES, LEVELS, Levels, Tuning

EXACT_FROM = 75  # few-colour pictures are drawn without error from this quality on
DEFAULT = 75
LEAST = 0.08  # with none at all the noise of the dithering would be drawn anew in every picture


def tuning_for(quality: float) -> Tuning:
    """Monotone: a higher quality never allows a larger error.

    The numbers at DEFAULT were found by measuring: bytes against SSIM, PSNR and PSNR after a blur, over animation,
    traffic, water and a still camera. Errors are squares, and so grow with the square of the differences.
    """
    slack = slack_at(quality)
    difference = round(4 * slack**0.5)
    return Tuning(
        exact=quality >= EXACT_FROM,
        denoise=min(difference, 10),
        keep=difference,
        refine=round(80 * slack),
        margin=round(40 * slack),
        passes=1,
        dither=Levels(*(160 for _ in range(LEVELS))),
        lossy=Levels(*(round(70 * slack * busy(level)) for level in range(LEVELS))),
    )


def slack_at(quality: float) -> float:
    """How much error is allowed: 1 at DEFAULT, hardly any at 100, and twice as much every 12.5 steps down."""
    if quality >= DEFAULT:
        return LEAST + (1 - LEAST) * ((100 - quality) / (100 - DEFAULT)) ** 1.5
    return float(2.0 ** ((DEFAULT - quality) / 12.5))


def busy(level: int) -> float:
    """0 where nothing goes on around a pixel, 1 where most does: errors hide there."""
    return level % ACTIVITIES / (ACTIVITIES - 1)
