"""WebVTT thumbnails: which part of which sheet shows which seconds of a video, as players read it."""

from collections.abc import Sequence
from itertools import pairwise

from animator.core.still_set import StillSet


def thumbnails(stills: StillSet, *, names: Sequence[str], columns: int, rows: int) -> str:
    """The whole file; `names` are the sheets', as seen from where it lies."""
    edges = [*stills.moments, max(stills.duration, stills.moments[-1])]
    cues = []
    for number, (begin, end) in enumerate(pairwise(edges)):
        sheet, place = divmod(number, rows * columns)
        row, column = divmod(place, columns)
        box = (column * stills.width, row * stills.height, stills.width, stills.height)
        cues.append(f"{_clock(begin)} --> {_clock(end)}\n{names[sheet]}#xywh={','.join(map(str, box))}\n")
    return "\n".join(["WEBVTT\n", *cues])


def _clock(moment: float) -> str:
    milliseconds = round(moment * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
