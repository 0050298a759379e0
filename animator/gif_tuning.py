"""What quality 1–100 means for a GIF: how close is close enough, in the kernel's numbers."""

from animator.kernel.gif import Tuning


def tuning_for(quality: float) -> Tuning:
    """Monotone: a higher quality never allows a larger error."""
    return Tuning(denoise=4, keep=3, stray=3, lossy=0, refine=1, dither=0)
