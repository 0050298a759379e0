"""What quality 1–100 means for a WebP: when a block may stay as it is, and how well the others are coded."""

from animator.kernel.webp import Tolerance

# Where the coder is crude anyway, ghosts would still be seen.
MOST_CRUDE = 1.7
# libwebp's method 4 takes 2.4 times the time of method 2, for 8 % fewer bytes (15 % where there are few edges). Spared
# are the busy pictures of which a part is coded: with little skipped the bytes are needed, and with nearly all of it
# skipped the time is not.
QUICK_FROM, QUICK_TO = 0.05, 0.75
BUSY = 0.2
# A little better than asked, the more so the more is skipped: that pays for it, and makes up for what lags behind.
EXTRA, EXTRA_WHERE_SKIPPED = 0.9, 1.6


def tolerance_for(quality: float) -> Tolerance:
    """How far a block may be from the source: all of it scales with the coder's own error.

    Noise is forgiven sooner than a fade (drift), which would show as blocks that step one after the other; and a flat
    block shows what a busy one hides (contrast).
    """
    crudeness = min(MOST_CRUDE, coder_step(quality) / coder_step(75))
    return Tolerance(
        luma_square=8 * crudeness**2,
        contrast=0.06 * crudeness**2,
        flat=60,
        luma_peak=16 * crudeness,
        chroma_square=3 * crudeness**2,
        chroma_peak=10 * crudeness,
        drift=crudeness,
        alpha_peak=2,
    )


def coder_step(quality: float) -> float:
    """VP8's step between two levels at a libwebp quality: its index falls with a cube root, the step is index + 4."""
    fraction = quality / 100
    linear = fraction * 2 / 3 if fraction < 0.75 else 2 * fraction - 1
    return float(127 * (1 - linear ** (1 / 3))) + 4


def coder_quality(quality: float, *, share: float) -> float:
    """libwebp's quality for a patch of this share of the screen; 100 stays 100."""
    extra = EXTRA + EXTRA_WHERE_SKIPPED * (1 - share)
    return quality + extra * min(1.0, (100 - quality) / 25)


def is_worth_time(*, share: float, edges: float) -> bool:
    """Whether a patch is coded by the slower method.

    `share` is the part of the screen that is coded; `edges` is the part of the patch's visible pixels on an edge.
    """
    return not (QUICK_FROM < share < QUICK_TO and edges > BUSY)
