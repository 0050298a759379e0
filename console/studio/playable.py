"""Which videos a browser plays as they are; of all others the studio shows a proxy."""

from media_jobs.models import Media

_CONTAINERS = frozenset({"mov", "mp4", "webm", "matroska"})
_CODECS = frozenset({"h264", "vp8", "vp9", "av1"})


def plays(media: Media) -> bool:
    """Whether a page offers to play it. Sound and what isn't analysed yet are tried; what can't be read isn't."""
    return not media.problem and (is_playable(media) or not media.metadata or not media.may_move)


def is_playable(media: Media) -> bool:
    """By what its analysis found. Should a browser disagree, the page asks for a proxy all the same."""
    found = media.metadata or {}
    streams = found.get("video_streams") or []
    names = set(str(found.get("container", "")).split(","))
    return bool(streams) and bool(names & _CONTAINERS) and streams[0].get("codec") in _CODECS
