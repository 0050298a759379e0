"""DASH presentations: which pieces make the media, and what can't be uploaded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_jobs.uploads.manifests import Manifest, ManifestInvalid, Piece, parse_manifest


def _mpd(inner: str, *, attributes: str = 'type="static" mediaPresentationDuration="PT10S"') -> str:
    space = 'xmlns="urn:mpeg:dash:schema:mpd:2011"'
    return f'<?xml version="1.0"?><MPD {space} {attributes}><Period>{inner}</Period></MPD>'


def _set(inner: str, *, kind: str = "video/mp4", bandwidth: int = 1000, name: str = "v") -> str:
    representation = f'<Representation id="{name}" bandwidth="{bandwidth}">{inner}</Representation>'
    return f'<AdaptationSet mimeType="{kind}">{representation}</AdaptationSet>'


def _parse(text: str) -> Manifest:
    return parse_manifest(text, kind="mpd")


def test_a_template_with_numbers_is_counted_from_the_duration() -> None:
    template = '<SegmentTemplate initialization="$RepresentationID$/i.mp4" media="$RepresentationID$/$Number%03d$.m4s"'
    found = _parse(_mpd(_set(f'{template} duration="4000" timescale="1000" startNumber="5"/>')))
    assert [piece.name for piece in found.pieces] == ["v/i.mp4", "v/005.m4s", "v/006.m4s", "v/007.m4s"]
    assert found.extension == "mp4"


def test_a_timeline_gives_times() -> None:
    timeline = '<SegmentTimeline><S t="7" d="10" r="1"/><S d="3"/></SegmentTimeline>'
    found = _parse(_mpd(_set(f'<SegmentTemplate media="$Time$-$$-$Bandwidth$.m4s">{timeline}</SegmentTemplate>')))
    assert found.names == ("7-$-1000.m4s", "17-$-1000.m4s", "27-$-1000.m4s")


def test_a_list_with_ranges_is_taken_as_it_stands() -> None:
    segments = '<Initialization sourceURL="a.mp4" range="0-9"/><SegmentURL media="a.mp4" mediaRange="10-29"/>'
    found = _parse(_mpd(_set(f"<SegmentList>{segments}</SegmentList>")))
    assert found.pieces == (Piece("a.mp4", 0, 10), Piece("a.mp4", 10, 20))
    assert found.names == ("a.mp4",)


def test_a_whole_file_is_one_piece() -> None:
    assert _parse(_mpd(_set("<BaseURL>clip.mp4</BaseURL><SegmentBase/>"))).pieces == (Piece("clip.mp4"),)


def test_the_best_video_is_the_media_and_every_stream_is_named() -> None:
    sets = _set("<BaseURL>sound.mp4</BaseURL>", kind="audio/mp4", bandwidth=9_999_999, name="a")
    sets += _set("<BaseURL>low.mp4</BaseURL>", bandwidth=1) + _set("<BaseURL>high.mp4</BaseURL>", bandwidth=2)
    found = _parse(_mpd(sets))
    assert found.pieces == (Piece("high.mp4"),)
    assert found.names == ("sound.mp4", "low.mp4", "high.mp4")


def test_base_addresses_add_up() -> None:
    inner = "<BaseURL>x/</BaseURL>" + _set(
        "<BaseURL>y/</BaseURL><SegmentList><SegmentURL media='z.m4s'/></SegmentList>"
    )
    assert _parse(_mpd(inner)).names == ("x/y/z.m4s",)


@pytest.mark.parametrize(
    "inner",
    [
        "",
        _set(""),
        _set("<BaseURL>http://host/a.mp4</BaseURL>"),
        _set("<BaseURL>../a.mp4</BaseURL>"),
        _set("<BaseURL>a.mp4</BaseURL><ContentProtection/>"),
        _set('<SegmentTemplate media="$Number$.m4s"/>'),
        _set('<SegmentTemplate media="$Number$.m4s" duration="x"/>'),
        _set('<SegmentTemplate media="$Number$.m4s" duration="1" timescale="999999999"/>'),
        _set('<SegmentTemplate media="a"><SegmentTimeline><S d="1" r="99999999"/></SegmentTimeline></SegmentTemplate>'),
        _set('<SegmentTemplate media="a"><SegmentTimeline><S d="1" r="-1"/></SegmentTimeline></SegmentTemplate>'),
        _set('<SegmentList><SegmentURL media="a" mediaRange="9-1"/></SegmentList>'),
        _set("<SegmentList/>"),
    ],
)
def test_what_can_not_be_joined_is_refused(inner: str) -> None:
    with pytest.raises(ManifestInvalid):
        _parse(_mpd(inner))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "<MPD",
        "<x/>",
        "<MPD/>",
        _mpd("", attributes='type="dynamic"'),
        "<!DOCTYPE MPD [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + _mpd("&a;"),
        "<!DOCTYPE l [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><MPD>&b;</MPD>",
        "<?xml version='1.0' encoding='utf-7'?><MPD/>",
        "<?xml version='1.0' encoding='nonsense'?><MPD/>",
        "\ud800",
    ],
)
def test_what_is_no_presentation_is_refused(text: str) -> None:
    with pytest.raises(ManifestInvalid):
        _parse(text)


@pytest.mark.parametrize("hidden", ["<?x <!-- ?>{}<?y --> ?>", "<!-- <?x -->{}<!-- ?> -->", "{}"])
def test_a_document_type_between_other_things_is_seen(hidden: str) -> None:
    text = _mpd("<!-- a remark --><?a note?>" + _set("<BaseURL>&e;.mp4</BaseURL>"))
    declaration, mark, presentation = text.partition("?>")
    kind = hidden.format('<!DOCTYPE MPD [<!ENTITY e "clip">]>')
    assert _parse(text.replace("&e;", "clip")).names == ("clip.mp4",)
    with pytest.raises(ManifestInvalid):
        _parse(f"{declaration}{mark}{kind}{presentation}")


_WORDS = ["$Number$", "$Number%05d$", "$Time$", "$", "../", "a.m4s", "/x", "http://h/", "%2e%2e/", "é"]


@given(st.lists(st.sampled_from(_WORDS)).map("".join), st.integers(-5, 30_000), st.integers(-5, 10**6))
def test_any_template_is_read_or_refused_and_names_stay_inside(media: str, duration: int, timescale: int) -> None:
    text = _mpd(_set(f'<SegmentTemplate media="{media}" duration="{duration}" timescale="{timescale}"/>'))
    try:
        found = _parse(text)
    except ManifestInvalid:
        return
    for name in found.names:
        assert ".." not in name.split("/")
        assert not name.startswith("/")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for whole in (text, _mpd(text), f"<MPD>{text}</MPD>"):
        try:
            _parse(whole)
        except ManifestInvalid:
            continue
