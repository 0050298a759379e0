"""What the engine refuses to open, and that it opens nothing else meanwhile (docs/reliability.md 3)."""

import http.server
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from animator.core.errors import ContentMalformed, ContentUnsupported, EngineError, NoVideoMedia, SourceFileError
from animator.core.limits import DEFAULT_LIMITS, Limits
from animator.read.probe import probe
from animator.read.source import open_source
from tests.unit.animator.clips import Clip, render


@pytest.fixture(scope="module")
def canary() -> Iterator[tuple[str, list[str]]]:
    """An HTTP server that remembers who came."""
    visits: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", visits
        server.shutdown()


def playlists(url: str, file: Path) -> dict[str, str]:
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"
    dash = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
        '<AdaptationSet mimeType="video/mp4"><Representation id="1"><BaseURL>{}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    )
    return {
        "hls_http": hls.format(f"{url}/a.ts"),
        "hls_file": hls.format(file),
        "hls_file_url": hls.format(f"file://{file}"),
        "hls_concat": hls.format(f"concat:{file}|{url}/b"),
        "hls_subfile": hls.format(f"subfile,,start,0,end,0,,:{file}"),
        "hls_data": hls.format("data:video/mp4;base64,AAAA"),
        "concat": f"ffconcat version 1.0\nfile '{file}'\n",
        "concat_relative": f"ffconcat version 1.0\nfile {file.name}\n",
        "dash": dash.format(f"{url}/c.mp4"),
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}/d.png"/></svg>',
        "ram": f"{url}/e.rm\n",
        "asx": f'<asx version="3.0"><entry><ref href="{url}/f.wmv"/></entry></asx>',
    }


KINDS = sorted(playlists("", Path()))


@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".ffconcat", ".mpd", ".sdp", ".svg"])
@pytest.mark.parametrize("kind", KINDS)
def test_text_that_names_other_files_is_refused_and_never_followed(
    tmp_path: Path, canary: tuple[str, list[str]], kind: str, suffix: str
) -> None:
    url, visits = canary
    other = render(tmp_path / "other.mp4", Clip(pictures=2))
    source = tmp_path / f"upload{suffix}"
    source.write_text(playlists(url, other)[kind])
    with pytest.raises(SourceFileError) as caught, open_source(source, limits=DEFAULT_LIMITS):
        pass
    assert caught.value.code.startswith("SourceFileError.")
    assert visits == []


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\0", b"hello", b"%PDF-1.7\n", b"\x7fELF" + bytes(60), b"PK\x03\x04" + bytes(60), bytes(4096)),
        *(b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2", zlib.compress(bytes(1 << 20)), b"{}", b"<html></html>"),
    ],
)
def test_what_is_no_video_is_malformed(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "upload.mp4"
    source.write_bytes(content)
    with pytest.raises((ContentMalformed, NoVideoMedia)), open_source(source, limits=DEFAULT_LIMITS):
        pass


def test_a_still_picture_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "still.png"
    Image.new("RGB", (64, 64)).save(source)
    with pytest.raises(SourceFileError), open_source(source, limits=DEFAULT_LIMITS):
        pass


def test_a_codec_that_nobody_asked_for_is_unsupported(tmp_path: Path) -> None:
    source = render(tmp_path / "clip.avi", Clip(codec="snow"))
    with pytest.raises(ContentUnsupported, match="snow"), open_source(source, limits=DEFAULT_LIMITS):
        pass


def test_pictures_that_are_too_large_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    source = render(tmp_path / "clip.mp4")
    limits = Limits(max_source_width=100, max_source_height=100)
    with pytest.raises(ContentUnsupported, match="128x96"), open_source(source, limits=limits):
        pass


NAMES = [
    *("%2f..%2f.mp4", "%03d.mp4", "a%0a.mp4", "*.mp4", "-i", "concat:x.mp4", "http:x.mp4", "file:x.mp4", "a|b.mp4"),
    *("tab\there.mp4", "new\nline.mp4", "emoji🎬.mp4", "rtl\u202e4pm.mp4", "quote'\";rm -rf.mp4", "con", ".hidden"),
    *("x" * 240, "e\u0301.mp4", "$(id).mp4", "`id`.mp4", "subfile,,start,0,end,0,,:x.mp4", "pipe:0", "latin\udce9.mp4"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    source = render(tmp_path / "clip.mp4", Clip(pictures=2)).rename(tmp_path / name)
    with open_source(source, limits=DEFAULT_LIMITS) as opened:
        assert opened.stream.width == 128


def test_a_name_that_is_a_pattern_never_opens_its_neighbours(tmp_path: Path) -> None:
    for number in range(3):
        Image.new("RGB", (64, 64)).save(tmp_path / f"{number:03}.jpg")
    source = tmp_path / "%03d.jpg"
    source.write_bytes(b"not a picture")
    with pytest.raises(SourceFileError), open_source(source, limits=DEFAULT_LIMITS):
        pass


@pytest.mark.parametrize("name", ["gone.mp4", "."])
def test_what_is_no_plain_file_is_a_source_file_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceFileError), open_source(tmp_path / name, limits=DEFAULT_LIMITS):
        pass


CODECS = {"webm": "libvpx", "apng": "apng", "mjpg": "mjpeg", "wmv": "mpeg4"}
PIXELS = {"apng": "rgb24", "mjpg": "yuvj420p"}
CONTAINERS = {"ts": "mpegts", "mjpg": "mjpeg", "wmv": "asf"}


@pytest.mark.parametrize("kind", ["mp4", "mkv", "avi", "ts", "webm", "apng", "nut", "mjpg", "wmv"])
@pytest.mark.parametrize("seed", range(4))
def test_damaged_bytes_end_in_facts_or_in_an_error_of_ours(tmp_path: Path, kind: str, seed: int) -> None:
    codec, pixels = CODECS.get(kind, "libx264"), PIXELS.get(kind, "yuv420p")
    clip = Clip(codec=codec, pixel_format=pixels, rate=25, container=CONTAINERS.get(kind))
    source = render(tmp_path / f"clip.{kind}", clip)
    damaged = bytearray(source.read_bytes())
    for position in range(seed * 7, len(damaged), 97 + seed):
        damaged[position] ^= 1 << seed
    source.write_bytes(damaged)
    try:
        facts = probe(source)
    except EngineError as error:
        assert error.code.startswith("SourceFileError")
    else:
        assert facts.size == len(damaged)
