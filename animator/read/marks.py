"""What a container says of its pictures and FFmpeg's binding doesn't pass on: encrypted, Dolby Vision, a window."""

from typing import NamedTuple

from animator.core.errors import ContentUnsupported
from animator.picture.geometry import Window

# Dolby Vision profiles (and those of AV1 and MV-HEVC) whose pictures make no sense without Dolby's own tables, unless
# they name a kind of picture that they are also readable as.
PROPER_DOLBY_PROFILES, PROPER_IF_ALONE = frozenset({5}), frozenset({10, 20})


class Dolby(NamedTuple):
    """`compatible`: what the pictures are readable as without Dolby's tables; 0 is nothing."""

    profile: int
    compatible: int

    @property
    def is_proper(self) -> bool:
        return self.profile in PROPER_DOLBY_PROFILES or (self.profile in PROPER_IF_ALONE and self.compatible == 0)

    @classmethod
    def of(cls, configuration: bytes) -> "Dolby | None":
        """From a DOVIDecoderConfigurationRecord (Dolby Vision within ISO base media 3.2)."""
        if len(configuration) < 5:
            return None
        return cls(configuration[2] >> 1, configuration[4] >> 4)


class Marks(NamedTuple):
    """`joined`: the file holds more than one film, each with a clock of its own.

    `by_decoding`: the only times that it stores are those at which packets are to be decoded.
    """

    encrypted: bool = False
    dolby: Dolby | None = None
    window: Window | None = None
    joined: bool = False
    by_decoding: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        if self.window is None:
            return ()
        return (
            f"The file asks for a part of its coded pictures, {self.window.width}x{self.window.height} from "
            f"{self.window.left},{self.window.top}, and that is what is shown.",
        )

    @property
    def is_proper_dolby(self) -> bool:
        return self.dolby is not None and self.dolby.is_proper

    def check(self) -> None:
        """Raises ContentUnsupported for pictures that would come out wrong."""
        if self.encrypted:
            raise ContentUnsupported("The file's video is encrypted: without its key there is nothing to see in it.")
        if self.dolby is not None and self.dolby.is_proper:
            raise ContentUnsupported(
                f"The video is Dolby Vision profile {self.dolby.profile}, whose colours only Dolby's decoders know. "
                "Export it as HDR10, HLG or SDR."
            )


PLAIN = Marks()
