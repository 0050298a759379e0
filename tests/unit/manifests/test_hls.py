"""HLS playlists: which pieces make the media, and what can't be uploaded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_jobs.uploads.manifests import Manifest, ManifestInvalid, MasterPlaylist, Piece, parse_manifest, segment_names

SIMPLE = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nseg/0.ts\n#EXTINF:4,\nseg/1.ts\n#EXT-X-ENDLIST\n"


def _parse(*lines: str) -> Manifest:
    return parse_manifest("\n".join(["#EXTM3U", *lines]), kind="m3u8")


def test_segments_are_taken_in_order() -> None:
    assert segment_names(SIMPLE, kind="m3u8") == ["seg/0.ts", "seg/1.ts"]
    assert parse_manifest(SIMPLE, kind="m3u8").extension == "ts"


def test_byte_order_marks_line_ends_and_comments_do_not_matter() -> None:
    text = "\ufeff" + SIMPLE.replace("\n", "\r\n") + "# a comment\r\n\r\n"
    assert segment_names(text, kind="m3u8") == ["seg/0.ts", "seg/1.ts"]


def test_a_name_is_decoded_and_loses_its_query() -> None:
    assert _parse("my%20seg.ts?token=1#x").names == ("my seg.ts",)


def test_the_initial_section_comes_first_and_makes_an_mp4() -> None:
    found = _parse('#EXT-X-MAP:URI="init.mp4",BYTERANGE="700@0"', "0.m4s", "1.m4s")
    assert found.pieces == (Piece("init.mp4", 0, 700), Piece("0.m4s"), Piece("1.m4s"))
    assert found.extension == "mp4"


def test_byte_ranges_follow_each_other_within_a_file() -> None:
    found = _parse("#EXT-X-BYTERANGE:100@0", "a.ts", "#EXT-X-BYTERANGE:50", "a.ts", "#EXT-X-BYTERANGE:9@400", "b.ts")
    assert found.pieces == (Piece("a.ts", 0, 100), Piece("a.ts", 100, 50), Piece("b.ts", 400, 9))
    assert found.names == ("a.ts", "b.ts")


def test_the_clear_key_method_is_no_encryption() -> None:
    assert _parse("#EXT-X-KEY:METHOD=NONE", "a.ts").names == ("a.ts",)


@pytest.mark.parametrize(
    "uri",
    [
        "/etc/passwd",
        "../a.ts",
        "a/../../b.ts",
        "%2e%2e/a.ts",
        "a/%2e%2e/%2e%2e/b.ts",
        "http://host/a.ts",
        "file:///etc/passwd",
        "concat:a.ts|b.ts",
        "C:\\a.ts",
        "a\\..\\b.ts",
        "a%00.ts",
        "a%0a.ts",
        "//host/a.ts",
        "?x",
        "a" * 300 + ".ts",
        "a%e2%80%ae.ts",
    ],
)
def test_a_name_that_leaves_the_folder_is_refused(uri: str) -> None:
    with pytest.raises(ManifestInvalid):
        _parse(uri)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ('#EXT-X-KEY:METHOD=AES-128,URI="key.bin"', "a.ts"),
        ('#EXT-X-MAP:URI="a.mp4"', "0.m4s", '#EXT-X-MAP:URI="b.mp4"', "1.m4s"),
        ("0.m4s", '#EXT-X-MAP:URI="a.mp4"'),
        ("#EXT-X-BYTERANGE:x", "a.ts"),
        ("#EXT-X-MAP:", "a.ts"),
    ],
)
def test_what_joining_can_not_give_is_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(ManifestInvalid):
        _parse(*lines)


@pytest.mark.parametrize("text", ["", "x", "EXTM3U", "<MPD/>", "\0", "#EXTM3U\n" + "a.ts\n" * 20_001])
def test_what_is_no_playlist_is_refused(text: str) -> None:
    with pytest.raises(ManifestInvalid):
        parse_manifest(text, kind="m3u8")


def test_a_master_playlist_is_told_apart() -> None:
    with pytest.raises(MasterPlaylist):
        _parse("#EXT-X-STREAM-INF:BANDWIDTH=1", "low.m3u8")


def test_another_kind_is_refused() -> None:
    with pytest.raises(ManifestInvalid):
        parse_manifest(SIMPLE, kind="mp4")


_LINES = st.lists(
    st.one_of(
        st.sampled_from(["#EXT-X-KEY:METHOD=", "#EXT-X-MAP:URI=", "#EXT-X-BYTERANGE:", "#EXTINF:", "a.ts", "../a.ts"]),
        st.text(max_size=40),
    ).flatmap(lambda start: st.text(max_size=20).map(lambda end: start + end)),
    max_size=20,
)


@given(_LINES)
def test_any_text_is_read_or_refused_and_names_stay_inside(lines: list[str]) -> None:
    try:
        found = _parse(*lines)
    except ManifestInvalid:
        return
    assert found.pieces
    for name in found.names:
        assert ".." not in name.split("/")
        assert not name.startswith("/")
        assert "\0" not in name
