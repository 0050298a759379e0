"""The wire structures of snapshots (docs/protocol 2.8): one entry a kind, and what they have in common once.

The cloud's names differ more than the structures do: ImageSprites is the type of an ImageSpriteTask.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from animator.core.stills_order import parsed
from media_jobs.models import Job, Media, SnapshotSet
from media_jobs.store.storage import url_of
from procedures.snapshots import SnapshotStep
from templates_app.snapshot_kinds import SAMPLE, SPRITE, TIME

Structure = dict[str, Any]

_SAMPLE_TYPES = {"%": "Percent", "s": "Time"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """How a kind is called: `type` and `task` in MediaProcessTaskResult, `name` in MediaInfo."""

    type: str
    name: str
    given: Callable[[SnapshotStep], Structure]
    made: Callable[[SnapshotSet], Structure]


def process_result(job: Job, frame: Structure) -> Structure:
    """MediaProcessTaskResult of a snapshot job; `frame` is what all kinds of results begin with."""
    step = SnapshotStep.from_dict(job.plan)
    words = _KINDS[step.kind]
    made: SnapshotSet | None = getattr(job, "snapshots", None)
    result = {**frame, "Input": snapshot_task_input(step), "Output": made and item(made)}
    return {"Type": words.type, f"{words.name}Task": result}


def snapshot_task_input(step: SnapshotStep) -> Structure:
    """SampleSnapshotTaskInput, SnapshotByTimeOffsetTaskInput or ImageSpriteTaskInput."""
    return {"Definition": step.definition, **_KINDS[step.kind].given(step)}


def item(snapshots: SnapshotSet) -> Structure:
    """MediaSampleSnapshotItem, MediaSnapshotByTimeOffsetItem or MediaImageSpriteItem."""
    return {"Definition": snapshots.definition, **_KINDS[snapshots.kind].made(snapshots)}


def _info(kind: str, media: Media) -> Structure | None:
    """A media's sets of one kind, oldest first; None when there are none."""
    sets = [item(one) for one in reversed(media.snapshot_sets.all()) if one.kind == kind]
    return {f"{_KINDS[kind].name}Set": sets} if sets else None


def _moments(step: SnapshotStep) -> Structure:
    """As they were given: in the older parameter as milliseconds, in the newer with their unit."""
    older = [moment for moment in step.order.moments if moment.endswith("ms")]
    return {
        "ExtTimeOffsetSet": [moment for moment in step.order.moments if moment not in older],
        "TimeOffsetSet": [float(parsed(moment)[0]) for moment in older],
        "WatermarkSet": [],
    }


def _urls(snapshots: SnapshotSet) -> list[str]:
    return [url_of(key) for key in snapshots.picture_keys]


def _at_moments(snapshots: SnapshotSet) -> Structure:
    """TimeOffset is in milliseconds."""
    return {
        "PicInfoSet": [
            {"TimeOffset": moment * 1000, "Url": url, "WaterMarkDefinition": []}
            for moment, url in zip(snapshots.moments, _urls(snapshots), strict=True)
        ]
    }


def _sampled(snapshots: SnapshotSet) -> Structure:
    interval, unit = parsed(snapshots.every)
    return {
        "SampleType": _SAMPLE_TYPES[unit],
        "Interval": int(interval),
        "ImageUrlSet": _urls(snapshots),
        "WaterMarkDefinition": [],
    }


def _sheets(snapshots: SnapshotSet) -> Structure:
    """Height and Width are a still's; TotalCount is of the stills of all sheets."""
    return {
        "Height": snapshots.height,
        "Width": snapshots.width,
        "TotalCount": len(snapshots.moments),
        "ImageUrlSet": _urls(snapshots),
        "WebVttUrl": url_of(snapshots.webvtt_key),
    }


_KINDS = {
    TIME: _Words(type="SnapshotByTimeOffset", name="SnapshotByTimeOffset", given=_moments, made=_at_moments),
    SAMPLE: _Words(type="SampleSnapshot", name="SampleSnapshot", given=lambda _: {"WatermarkSet": []}, made=_sampled),
    SPRITE: _Words(type="ImageSprites", name="ImageSprite", given=lambda _: {}, made=_sheets),
}
SECTIONS: dict[str, tuple[str, Callable[[Media], Structure | None]]] = {
    f"{words.name[0].lower()}{words.name[1:]}Info": (f"{words.name}Info", partial(_info, kind))
    for kind, words in _KINDS.items()
}
