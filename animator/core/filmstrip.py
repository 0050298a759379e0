"""What there is to see of a whole video at a glance: small pictures in one file, and where they belong."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Filmstrip(NamedTuple):
    """Tiles of one size in a picture file, in rows from left to right.

    Fields:
        tile_width, tile_height: pixels
        columns: tiles a row
        times: of each tile, in seconds from the video's beginning
        cuts: seconds at which another scene begins, as far as they were noticed
        duration: of the video, in seconds
        rate: the video's pictures a second
        width, height: of the video as it is to be seen, in pixels
    """

    tile_width: int
    tile_height: int
    columns: int
    times: tuple[float, ...]
    cuts: tuple[float, ...]
    duration: float
    rate: float
    width: int
    height: int

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Filmstrip":
        """Raises KeyError, TypeError or ValueError when a child answers with something else."""
        whole = ("tile_width", "tile_height", "columns", "width", "height")
        return cls(
            **{name: int(values[name]) for name in whole},
            times=tuple(float(time) for time in values["times"]),
            cuts=tuple(float(time) for time in values["cuts"]),
            duration=float(values["duration"]),
            rate=float(values["rate"]),
        )
