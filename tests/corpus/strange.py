"""What isn't a video at all, what names other files and hosts, what is too large, and strange names."""

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator


def no_media() -> Iterator[tuple[str, bytes]]:
    chance = random.Random(1)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("zeros"), bytes(16 << 20), zipfile.ZIP_DEFLATED)
    plain = {
        "one-byte": b"x", "random": chance.randbytes(65536), "zeros": bytes(65536), "text": b"Hello.\n" * 1000,
        "html": b"<html><script>alert(1)</script></html>", "json": b'{"a": [' + b"[" * 10_000,
        "pdf": b"%PDF-1.7\n" + chance.randbytes(4096), "elf": b"\x7fELF\x02\x01\x01" + bytes(4096),
        "script": b"#!/bin/sh\nrm -rf /\n", "zip-bomb": packed.getvalue(),
        "gzip-bomb": gzip.compress(bytes(16 << 20), mtime=0),
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "gif-and-php": b"GIF89a<?php phpinfo();",
        "jpeg-and-phar": b"\xff\xd8\xff\xe0" + b"<?php __HALT_COMPILER(); ?>", "djvu": b"AT&TFORM\x00\x00\x00\x10DJVU",
        "ftyp-alone": struct.pack(">I4s8s", 16, b"ftyp", b"isom\0\0\2\0"), "riff-alone": b"RIFF\xff\xff\xff\xffAVI ",
        "matroska-alone": b"\x1a\x45\xdf\xa3\xff\xff\xff\xff",
    }  # fmt: skip
    for name, data in plain.items():
        yield f"a-{name}.mp4", data


def naming_others(*, canary_url: str, canary_file: str) -> Iterator[tuple[str, bytes]]:
    """None of these may lead anywhere: the URL would hear of it, the file is a proper video."""
    targets = {
        "file": f"file://{canary_file}", "path": canary_file, "up": f"../../../../..{canary_file}",
        "http": canary_url,
        "concat": f"concat:{canary_file}|{canary_file}", "subfile": f"subfile,,start,0,end,0,,:{canary_file}",
        "crypto": f"crypto+file:{canary_file}", "cache": f"cache:{canary_url}",
        "tcp": canary_url.replace("http", "tcp"),
        "metadata": "http://169.254.169.254/latest/meta-data/", "gopher": canary_url.replace("http", "gopher"),
        "data": "data:text/plain;base64,AAAA", "fd": "fd:0", "pipe": "pipe:0", "tee": f"tee:{canary_file}",
    }  # fmt: skip
    for name, target in targets.items():
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n".encode()
        yield f"b-hls-{name}.mp4", playlist
        yield f"b-concat-{name}.mp4", f"ffconcat version 1.0\nfile '{target}'\n".encode()
    yield "b-dash.mp4", f'<?xml version="1.0"?><MPD><Period><BaseURL>{canary_url}</BaseURL></Period></MPD>'.encode()
    yield "b-xxe.mp4", f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{canary_file}">]><MPD>&e;</MPD>'.encode()
    yield "b-sdp.mp4", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"
    yield "b-asx.mp4", f'<asx version="3.0"><entry><ref href="{canary_url}"/></entry></asx>'.encode()


def too_large() -> Iterator[tuple[str, bytes]]:
    for width, height in ((1, 1), (2, 16384), (16384, 2), (16384, 16384), (50000, 50000), (2**31 - 1, 2**31 - 1)):
        yield f"f-{width}x{height}.png", _png(width, height)
    yield (
        "f-65535x65535.gif",
        b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6) + b"\x2c" + bytes(60),
    )
    yield (
        "f-16383x16383.webp",
        b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f" + struct.pack("<I", 16382 | 16382 << 14) + bytes(12),
    )
    yield "f-30000-frames.gif", _many_frames(30_000)


def _png(width: int, height: int) -> bytes:
    """The picture's data are 64 KB of zeros at most: what is announced and isn't there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress(bytes(min(height * (width + 1), 16 << 20)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def _many_frames(count: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", 2, 2, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\0\1\0\0\0" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 2, 2, 0) + b"\x02\x03\x84\x51\0\0"
    return head + frame * count + b"\x3b"


NAMES = (
    "%2e%2e%2fevil.mp4", "a\tb.mp4", "\N{CLAPPER BOARD}.mp4", "\u202e4pm.exe.mp4", "a\nb.mp4", "\";rm -rf ~;'.mp4",
    "%03d.mp4",
    "*.mp4", "-i.mp4", "concat:a.mp4", "con.mp4", "....mp4", ".hidden.mp4", "x" * 240 + ".mp4", "e\u0301.mp4",
    "<script>alert(1)</script>.mp4", "$(id).mp4", "`id`.mp4", "${jndi:ldap://127.0.0.1/a}.mp4", "a\r\nX-Evil: 1.mp4",
)  # fmt: skip


def names(mp4: bytes) -> Iterator[tuple[str, bytes]]:
    """A proper file under a name that somebody else might take for something."""
    for name in NAMES:
        yield name, mp4
