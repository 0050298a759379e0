"""Masks of blocks, read back by Pillow as the alpha plane of a picture."""

import io
from ctypes import c_uint8

import numpy as np
import pytest
from av import VideoFrame
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from animator import kernel
from animator.kernel.webp import Patch, Place
from animator.webp.mux import chunk

Blocks = NDArray[np.bool_]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), width=st.integers(1, 300), height=st.integers(1, 120))
def test_a_decoder_finds_each_block_opaque_or_clear(data: st.DataObject, width: int, height: int) -> None:
    shape = (-(-height // 16), -(-width // 16))
    shown = data.draw(arrays(np.bool_, shape))
    _assert_reads_back(shown, width=width, height=height)


def test_runs_longer_than_one_copy_can_be() -> None:
    _assert_reads_back(np.ones((130, 130), np.bool_), width=2080, height=2080)
    striped = np.tile(np.arange(130) % 2 == 0, (40, 1))
    _assert_reads_back(striped, width=2075, height=633)


@pytest.mark.parametrize("period", [2, 3, 7])
def test_the_busiest_masks_fit_into_the_room_that_was_asked_for(period: int) -> None:
    shown = np.add.outer(np.arange(60), np.arange(60)) % period == 0
    _assert_reads_back(shown, width=960, height=960)


def test_a_mask_is_far_smaller_than_one_of_a_general_coder() -> None:
    shown = np.random.default_rng(0).random((23, 40)) < 0.5
    assert len(_mask(shown, width=640, height=360)) < 450


def _mask(shown: Blocks, *, width: int, height: int) -> bytes:
    library = kernel.library()
    assert library is not None
    rows, columns = shown.shape
    place = Place(width=width, height=height, columns=columns, rows=rows, shown=int(shown.sum()), blend=1)
    blocks = (c_uint8 * shown.size)(*shown.reshape(-1).tolist())
    return Patch(VideoFrame(2, 2, "yuv420p"), place, 1.0, blocks, library).mask()


def _assert_reads_back(shown: Blocks, *, width: int, height: int) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (width, height)).save(picture, "WEBP", quality=1)
    size = b"".join((edge - 1).to_bytes(3, "little") for edge in (width, height))
    alpha = _mask(shown, width=width, height=height)
    body = b"WEBP" + chunk(b"VP8X", b"\x10\0\0\0" + size) + chunk(b"ALPH", alpha) + picture.getvalue()[12:]
    image = Image.open(io.BytesIO(b"RIFF" + len(body).to_bytes(4, "little") + body))
    expected = shown.repeat(16, axis=0).repeat(16, axis=1)[:height, :width] * np.uint8(255)
    np.testing.assert_array_equal(np.asarray(image.convert("RGBA"))[..., 3], expected)
