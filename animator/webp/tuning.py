"""What quality 1–100 means for a WebP: when a block may stay as it is, and how well the others are coded."""

from animator.core.order import BALANCED, BEST, FAST
from animator.kernel.webp import Nearness, Tolerance

# Where the coder is crude anyway, ghosts would still be seen.
MOST_CRUDE = 1.7
# So far from 100 a block may be off by less and less; at 100 by nothing.
NEARLY_EXACT = 3
# A difference between neighbours so many times smaller than the coder's step is lost anyway: hiding it spares nothing.
FINE = 20
# A pattern of 4x4 pixels weaker than two fifths of the coder's step (at 75) is lost; their mean is coded more finely.
LOST, LOST_MEAN = 12.5, 6
# Bytes that a picture costs for so much of its detail as one step (0.25 to 0.4 on twelve clips, up to 90), and that an
# edge between what is hidden and what shows costs beyond.
DETAIL, SEAM = 0.35, 4
# Hiding less than this part of the detail costs more (a mask, old errors that stay) than it spares.
SPARED = 0.1
# libwebp's methods: 4 takes 2.4 times the time of 2, for 8 to 24 % fewer bytes at the same look; 6 takes twice that,
# for 1 % by SSIM and 7 % by blur.
METHODS = {FAST: 2, BALANCED: 4, BEST: 6}
# What may become of a guess of a lossless picture's bytes: half of it where the picture repeats itself.
# Trying takes half to three times the time of the lossy one.
HOPE = {FAST: 0.7, BALANCED: 0.5, BEST: 0.35}
# So simple a picture (bytes for a pixel) may turn out far smaller than guessed, and is soon tried.
SIMPLE = 0.75 / 8
# Bits that a pixel of lettering which differs from its neighbours costs, by those that it may lose.
NEAR_BITS = {2: 10.0, 3: 7.0, 4: 5.0, 5: 3.5}
NEAR_HOPE = {FAST: 1.0, BALANCED: 1.0, BEST: 0.6}
LOSSLESS_METHODS = {FAST: 1, BALANCED: 2, BEST: 4}
# Better than asked, the more so the more is skipped: that pays for it, and makes up for what lags behind.
EXTRA = 2.5
# The part of what is missing to 100 that stays missing, however long a picture lasts: the last steps cost the most.
MOST_BETTER = 0.2
# How many pictures are looked ahead, at most, and of how many bytes.
LOOK_AHEAD, MOST_AHEAD = 8, 24 * 2**20
# The best effort looks further ahead, and leaves more as it is: what is coded is coded better for the bytes.
FURTHER, PATIENCE = 2, 1.25


def look_ahead(picture_bytes: int, *, effort: int = BALANCED) -> int:
    most = LOOK_AHEAD * (FURTHER if effort == BEST else 1)
    return max(1, min(most, MOST_AHEAD // picture_bytes))


def tolerance_for(quality: float, *, effort: int = BALANCED) -> Tolerance:
    """How far a block may be from the source: all of it scales with the coder's own error.

    Noise that the coder would lose (lost) is no difference at all. A fade is forgiven less (drift), which would show as
    blocks that step one after the other; and a flat block shows what a busy one hides (contrast).
    """
    step = coder_step(quality)
    crudeness = min(MOST_CRUDE, step / coder_step(75)) * min(1.0, (100 - quality) / NEARLY_EXACT)
    crudeness *= PATIENCE if effort == BEST else 1
    return Tolerance(
        lost=LOST * crudeness,
        lost_mean=LOST_MEAN * crudeness,
        luma_square=10.5 * crudeness**2,
        contrast=0.077 * crudeness**2,
        flat=60,
        luma_peak=42 * crudeness,
        chroma_square=3.85 * crudeness**2,
        chroma_peak=26 * crudeness,
        drift=crudeness,
        alpha_peak=2,
        fine=step / FINE,
        seam=SEAM * step / DETAIL,
        spared=SPARED,
    )


def coder_step(quality: float) -> float:
    """VP8's step between two levels at a libwebp quality: its index falls with a cube root, the step is index + 4."""
    fraction = quality / 100
    linear = fraction * 2 / 3 if fraction < 0.75 else 2 * fraction - 1
    return float(127 * (1 - linear ** (1 / 3))) + 4


def quality_of(step: float) -> float:
    """libwebp's quality for a step between two levels, 0 at least."""
    linear = max(0.0, 1 - (step - 4) / 127) ** 3
    return 100 * min(linear * 3 / 2, (linear + 1) / 2)


def coder_quality(quality: float, *, share: float, life: float) -> float:
    """libwebp's quality for a patch of this share of the screen; 100 stays 100.

    What stays for `life` pictures is paid once and seen as often: its error may cost as many times more bytes, which
    makes the coder's step finer by the root of that.
    """
    most = 100 - MOST_BETTER * (100 - quality)
    lasting = min(most, max(quality, quality_of(coder_step(quality) / life**0.5)))
    return lasting + EXTRA * (1 - share) * min(1.0, (100 - lasting) / 25)


def is_maybe_smaller(guess: float, lossy: int, *, pixels: int, quality: float, effort: int) -> bool:
    """Whether a lossless picture is worth a try, by a guess of its bytes and those of the lossy one."""
    return guess < SIMPLE * pixels or HOPE[effort] * guess <= lossless_worth(quality) * lossy


def lossless_worth(quality: float) -> float:
    """How many times the bytes of a lossy picture a lossless one may have, which looks better: 1 up to 90, 2 at 100."""
    return 1 + max(0.0, quality - 90) ** 2 / 100


def nearnesses(quality: float) -> list[Nearness]:
    """How near a nearly lossless picture may be, the finest first: at an edge a half, a quarter, ... of 64 steps."""
    finest, coarsest = (2, 4) if quality >= 95 else (3, 5) if quality >= 85 else (4, 5) if quality >= 60 else (5, 5)
    alike = 0 if quality >= 90 else 1 if quality >= 60 else 2
    return [Nearness(bits, alike) for bits in range(finest, coarsest + 1)]


def near_guess(differing: float, nearness: Nearness, *, effort: int) -> float:
    """How many bytes so many pixels that differ from their neighbours may come to, nearly without loss."""
    return NEAR_HOPE[effort] * NEAR_BITS[nearness.bits] * differing / 8
