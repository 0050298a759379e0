"""The templates that every application has (docs/console.md 2.3; names and qualities are ours, no document has any).

20002–20005 come from an older console document that states plain width × height, so the long/short-side rule is off.
"""

from typing import Any

PRESETS: tuple[dict[str, Any], ...] = (
    {"definition": 20000, "name": "GIF source size 2 fps", "format": "gif", "fps": 2},
    {"definition": 20001, "name": "WebP source size 2 fps", "format": "webp", "fps": 2},
    {
        "definition": 20002,
        "name": "WebP 320 wide 10 fps",
        "format": "webp",
        "fps": 10,
        "width": 320,
        "resolution_adaptive": False,
    },
    {
        "definition": 20003,
        "name": "WebP 360 high 10 fps",
        "format": "webp",
        "fps": 10,
        "height": 360,
        "resolution_adaptive": False,
    },
    {"definition": 20004, "name": "WebP source size 10 fps", "format": "webp", "fps": 10},
    {
        "definition": 20005,
        "name": "WebP 540×960 10 fps",
        "format": "webp",
        "fps": 10,
        "width": 540,
        "height": 960,
        "resolution_adaptive": False,
    },
)
