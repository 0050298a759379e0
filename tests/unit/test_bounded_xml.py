"""XML from strangers: what is refused, and that no document takes more memory than its bounds allow."""

import subprocess
import sys

import pytest

from media_jobs.store.bounded_xml import MAX_DEPTH, MAX_MARK_BYTES, MAX_MARKS, XmlRefused, parse_xml

MEASURED = """
import resource, sys, time
from media_jobs.store.bounded_xml import XmlRefused, parse_xml
from media_jobs.uploads.manifests import ManifestInvalid, parse_manifest
data = eval(sys.argv[1])
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    parse_manifest(data.decode(), kind=sys.argv[2])
except ManifestInvalid as error:
    pass
else:
    sys.exit("it was taken")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, time.process_time() - began)
"""
_TEMPLATED = "b'<MPD><Period duration=\"PT9S\">%s</Period></MPD>'"


def test_names_lose_their_namespaces_and_text_is_kept() -> None:
    root = parse_xml(b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?><a xmlns="urn:x"><b c="1">&lt;d&amp;</b></a>')
    assert (root.tag, root[0].tag, root[0].get("c"), root[0].text) == ("a", "b", "1", "<d&")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"<a/><b/>",
        b"<a>&e;</a>",
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/">',
        b'<?x <!-- ?><!DOCTYPE a [<!ENTITY e "x">]><?y --> ?><a>&e;</a>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'.encode("utf-16"),
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
        "<a/>".encode("utf-32"),
        b"\xff<a/>",
        b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
        b"<a>" + b"<b/>" * MAX_MARKS + b"</a>",
        b"<a>" + b"<?p?>" * MAX_MARKS + b"</a>",
        b"<a>" + b"<!---->" * MAX_MARKS + b"</a>",
        b"<a " + b" ".join(b'a%d=""' % number for number in range(20_000)) + b"/>",
        b'<a b="' + b"x" * 2 * MAX_MARK_BYTES + b'"/>',
        b"<a><!--" + b"x" * 2 * MAX_MARK_BYTES + b"--></a>",
    ],
    ids=lambda data: data[:24].decode("latin-1"),
)
def test_what_is_not_plain_bounded_utf_8_is_refused(data: bytes) -> None:
    with pytest.raises(XmlRefused):
        parse_xml(data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("b'<MPD>' + b'<?a?>' * 1_960_000 + b'</MPD>'", "mpd"),
        ("b'<MPD>' + b'<a/>' * 2_450_000 + b'</MPD>'", "mpd"),
        ("b'<MPD ' + b' '.join(b'a%d=\"\"' % n for n in range(900_000)) + b'/>'", "mpd"),
        ("b'<MPD>' + b'x&amp;' * 1_600_000 + b'</MPD>'", "mpd"),
        (
            'b\'<MPD><Period duration="PT20000S"><AdaptationSet><SegmentTemplate duration="1" media="$Number$"/>\''
            "+ b'<Representation/>' * 90_000 + b'</AdaptationSet></Period></MPD>'",
            "mpd",
        ),
        (
            'b\'<MPD><Period duration="PT20000S"><AdaptationSet><SegmentTemplate duration="1" media="\' + '
            "b'$RepresentationID$' * 3000 + b'\"/><Representation id=\"' + b'x' * 60_000 + b'\"/>'"
            "+ b'</AdaptationSet></Period></MPD>'",
            "mpd",
        ),
        ("b'#EXTM3U\\n#EXT-X-KEY:' + b'A' * 9_800_000", "m3u8"),
        ("b'#EXTM3U\\n' + b'#\\n' * 4_900_000", "m3u8"),
    ],
    ids=["instructions", "elements", "attributes", "text", "representations", "templates", "long-line", "many-lines"],
)
def test_ten_megabytes_of_a_manifest_take_neither_a_gigabyte_nor_seconds(data: str, kind: str) -> None:
    done = subprocess.run([sys.executable, "-c", MEASURED, data, kind], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    megabytes, seconds = done.stdout.split()
    assert int(megabytes) < 160
    assert float(seconds) < 8  # of the processor; on a fast machine less than one
