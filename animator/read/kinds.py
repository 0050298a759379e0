"""What a file is that FFmpeg isn't let read, by its first bytes: so that the refusal names it."""

from pathlib import Path

from animator.core.errors import ContentMalformed, ContentUnsupported, NoVideoMedia, SourceFileError

LOOK = 512
STILL = "a still picture ({}): nothing in it moves"
_PLAYLIST = "a playlist ({}), which only names other files: send the video itself"
_OTHER = "{}, which isn't taken: convert it to MP4 or WebM"

NO_VIDEOS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", STILL.format("JPEG")),
    (b"BM", STILL.format("BMP")),
    (b"II*\0", STILL.format("TIFF")),
    (b"MM\0*", STILL.format("TIFF")),
    (b"8BPS", STILL.format("Photoshop")),
    (b"<svg", STILL.format("SVG")),
    (b"#EXTM3U", _PLAYLIST.format("HLS")),
    (b"ffconcat", _PLAYLIST.format("ffconcat")),
    (b"<ASX", _PLAYLIST.format("ASX")),
    (b"<asx", _PLAYLIST.format("ASX")),
    (b".ra\xfd", "sound alone (RealAudio)"),
    (b"%PDF", "a PDF document"),
    (b"PK\3\4", "a ZIP archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
)
OTHER_VIDEOS: tuple[tuple[bytes, str], ...] = (
    (b"YUV4MPEG2", _OTHER.format("raw pictures (y4m)")),
    (
        b"\0\0\1\xb0",
        "an MPEG-4 video stream without a container around it: put it into MP4 or MKV, which takes no new coding",
    ),
    (b"FWS", _OTHER.format("Flash (SWF)")),
    (b"CWS", _OTHER.format("Flash (SWF)")),
)
STILL_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF"}


def refusal(path: Path) -> SourceFileError:
    """What to say of a file that FFmpeg can't make sense of."""
    with path.open("rb") as file:
        head = file.read(LOOK)
    for kind, what in ((NoVideoMedia, _no_video(head)), (ContentUnsupported, _other_video(head))):
        if what is not None:
            return kind(f"The file is {what}.")
    return ContentMalformed(
        "The file isn't a video that can be read: its format is unknown or refused, or its data is damaged."
    )


def still_item(path: Path) -> NoVideoMedia:
    """What to say of a file of the MP4 kind that holds no track but a picture."""
    with path.open("rb") as file:
        brand = file.read(LOOK)[8:12]
    what = STILL.format(STILL_BRANDS.get(brand, "HEIF"))
    return NoVideoMedia(f"The file is {what}.")


def _no_video(head: bytes) -> str | None:
    if head.startswith(b"\x89PNG") and b"acTL" not in head:
        return STILL.format("PNG")
    if _is_webp(head) and b"ANIM" not in head:
        return STILL.format("WebP")
    if head[4:8] == b"ftyp" and head[8:12] in STILL_BRANDS:
        return STILL.format(STILL_BRANDS[head[8:12]])
    return _PLAYLIST.format("DASH") if b"<MPD" in head else _named(head.lstrip(), NO_VIDEOS)


def _other_video(head: bytes) -> str | None:
    if _is_webp(head):
        return _OTHER.format("an animated WebP")
    return _named(head, OTHER_VIDEOS)


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _named(head: bytes, starts: tuple[tuple[bytes, str], ...]) -> str | None:
    return next((words for start, words in starts if head.startswith(start)), None)
