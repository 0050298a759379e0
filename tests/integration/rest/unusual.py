"""A template of which no value is the usual one."""

from typing import Any

UNUSUAL: dict[str, Any] = {
    "name": "Unusual",
    "comment": "Nothing as usual",
    "format": "webp",
    "width": 160,
    "height": 140,
    "resolution_adaptive": False,
    "fps": 7,
    "quality": 64.5,
    "effort": 1,
    "score": True,
    "max_bytes": 3_000,
    "least_quality": 5.5,
    "least_fps": 3,
    "least_edge": 64,
    "give_way": "fps,quality",
    "crop": "2:1",
    "anchor": "left",
    "fit": "contain",
    "background": "#ffffff",
    "trim_borders": True,
    "loop": "best",
    "slack": 0.1,
    "crossfade": 0.2,
    "loop_count": 3,
    "speed": 0.5,
    "reverse": True,
    "siblings": "gif,poster,poster-webp",
    "within_source": True,
}
