"""HLS and DASH manifests, read by parsers of our own: FFmpeg's playlist demuxers stay off (docs/reliability.md 3).

They yield names and byte ranges only. Whoever joins the pieces looks the names up among the objects of one upload.
"""

from media_jobs.uploads.manifests.dash import parse_dash
from media_jobs.uploads.manifests.hls import parse_hls
from media_jobs.uploads.manifests.pieces import Manifest, ManifestInvalid, MasterPlaylist, Piece

__all__ = ["Manifest", "ManifestInvalid", "MasterPlaylist", "Piece", "parse_manifest", "segment_names"]


def parse_manifest(text: str, *, kind: str) -> Manifest:
    """The pieces whose concatenation is the media. `kind` is "m3u8" or "mpd".

    Raises ManifestInvalid, or MasterPlaylist for an HLS playlist of playlists.
    """
    if kind == "mpd":
        return parse_dash(text)
    if kind == "m3u8":
        return parse_hls(text)
    raise ManifestInvalid("A manifest is of type m3u8 or mpd.")


def segment_names(text: str, *, kind: str) -> list[str]:
    """Every file that belongs beside the manifest, once each, in order of appearance; errors as `parse_manifest`."""
    return list(parse_manifest(text, kind=kind).names)
