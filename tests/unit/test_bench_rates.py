"""Encoders are compared over their whole range: the arithmetic behind docs/performance.md."""

import pytest

from tests.bench.rates import MEASURES, Point, at_equal, bd_rate, front, setbacks, ssim_db

KNOBS = (20, 40, 60, 80, 100)


def _point(quality: float, *, size: float, ssim: float) -> Point:
    return Point(quality, round(size), ssim, psnr=40, blur=40 + quality / 10, cpu=1, wall=1)


def _curve(*, larger: float = 1, better: float = 0) -> list[Point]:
    """Ten times the bytes for every 10 dB of SSIM."""
    return [_point(q, size=larger * 1000 / (1 - s), ssim=s) for q in KNOBS if (s := 0.9 + q / 1100 + better)]


def test_the_same_quality_for_half_the_bytes_is_minus_fifty_per_cent() -> None:
    assert bd_rate(_curve(larger=0.5), _curve(), ssim_db) == pytest.approx(-0.5, abs=0.001)
    assert bd_rate(_curve(), _curve(larger=0.5), ssim_db) == pytest.approx(1.0, abs=0.004)
    assert bd_rate(_curve(), _curve(), MEASURES["blur"]) == pytest.approx(0)


def test_curves_that_share_no_quality_are_not_compared() -> None:
    assert bd_rate(_curve(), [_point(1, size=10, ssim=0.5), _point(2, size=20, ssim=0.6)], ssim_db) is None


def test_a_point_no_better_than_a_smaller_one_is_nobodys_choice() -> None:
    worse = _point(50, size=20_000, ssim=0.91)
    assert front([*_curve(), worse], ssim_db) == front(_curve(), ssim_db)


def test_a_single_point_is_compared_at_its_own_quality() -> None:
    assert at_equal(_curve(), _point(0, size=40_000, ssim=0.95), ssim_db) == pytest.approx(-0.5, abs=0.01)
    assert at_equal(_curve(), _point(0, size=40_000, ssim=0.9999), ssim_db) is None


def test_a_knob_that_takes_more_and_gives_less_is_told() -> None:
    assert setbacks(_curve()) == []
    dearer = [*_curve(), _point(110, size=10_000, ssim=0.93)]
    assert [step.split()[0] for step in setbacks(dearer)] == ["bytes", "SSIM-Y"]
