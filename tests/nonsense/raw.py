"""Requests that no client library would send: drawn from a seed, written to a socket byte by byte."""

import base64
import random
import socket
from collections.abc import Callable
from contextlib import suppress

from tests.nonsense.junk import NUMBERS, TEXTS

METHODS = ("GET", "GET", "POST", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO", "get", "", "G\0T")
TARGETS = (
    *(
        "/",
        "/login",
        "/livez",
        "/upload",
        "/api/v1/me",
        "/api/v1/media",
        "/api/v1/uploads",
        "/api/v1/pulls",
        "/media/1/2/3",
    ),
    *(
        "/api/v1/schema",
        "/?Action=DescribeTasks",
        "/vod-1500000001/a",
        "/vod-1500000001/",
        "/v3/index.php",
        "/static/x",
    ),
    *(
        "/vod/media",
        "/vod/task",
        "/application",
        "*",
        "http://x/",
        "//",
        "/%",
        "/%00",
        "/%ff",
        "/\xff",
        "/?%ff=%00",
        "/?&&==",
    ),
    *("/api/v1/events?application=", "/?SubAppId=", "/api/v1/media?limit=", "/vod/media?page=", "/vod-1/?max-keys="),
)
HEADERS = (
    *(
        "Content-Length",
        "Transfer-Encoding",
        "Range",
        "Host",
        "Authorization",
        "Content-Type",
        "X-TC-Action",
        "X-TC-Timestamp",
    ),
    *(
        "Upload-Offset",
        "Upload-Length",
        "Upload-Metadata",
        "Tus-Resumable",
        "Expect",
        "Cookie",
        "X-Forwarded-For",
        "Accept",
    ),
    *(
        "X-Forwarded-Proto",
        "X-TC-Version",
        "Origin",
        "If-Modified-Since",
        "If-None-Match",
        "X-HTTP-Method-Override",
        "Date",
    ),
    *(
        "Access-Control-Request-Method",
        "Connection",
        "Upgrade",
        "Content-MD5",
        "x-cos-security-token",
        "HX-Request",
        "",
    ),
)
VALUES = (
    *(
        "chunked",
        "gzip, chunked",
        "identity",
        "application/json",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
    ),
    *(
        "application/x-www-form-urlencoded",
        "application/offset+octet-stream",
        "application/json; charset=nonsense",
        "1.0.0",
    ),
    *(
        "bytes=0-",
        "bytes=-5",
        "bytes=5-1",
        "bytes=1-2,3-4",
        "TC3-HMAC-SHA256 Credential=a/b/c/tc3_request, x",
        "Bearer x",
    ),
    *(
        "Basic %%%",
        "Basic " + base64.b64encode(b"a:b").decode(),
        "Basic " + base64.b64encode(b"\0:\xff").decode(),
        "Digest",
    ),
    *(
        "q-sign-algorithm=sha1&q-ak=x",
        "AWS4-HMAC-SHA256 Credential=a/b",
        "100-continue",
        "sessionid=x; csrftoken=y",
        "🦊",
    ),
    *(
        "localhost",
        "localhost:99999",
        "xn--127",
        "cos.ap-guangzhou.myqcloud.com",
        "vod.tencentcloudapi.com",
        "vod2.qcloud.com",
    ),
    *(
        "vod-1500000001.cos.ap-guangzhou.myqcloud.com",
        "[::1",
        "a b",
        "name dGVzdA==,x",
        "unknown, 1.2.3.4",
        "keep-alive, close",
    ),
)
BODIES = (
    *(
        b"",
        b"{",
        b"{}",
        b"[" * 20_000,
        b'{"a":' * 5000,
        b"\xff\xfe",
        b'{"class_id":1' + b"0" * 23 + b"}",
        b"a=1&" * 30_000,
    ),
    *(b"--x\r\n", b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nabc\r\n--x--\r\n'),
    *(
        b"5\r\nhello\r\n0\r\n\r\n",
        b"ffffffffffffffffffff\r\n",
        b"-1\r\n",
        b"5;x\r\nhel",
        b"\r\n\r\n",
        b"Action=DescribeTasks",
    ),
)


def drawn(random: random.Random) -> bytes:
    """One request."""
    pick: Callable[[tuple[str, ...]], str] = random.choice
    target = pick(TARGETS)
    if target.endswith("=") or random.random() < 0.15:
        target += pick(NUMBERS) if random.random() < 0.6 else pick(TEXTS)
    version = random.choice(["HTTP/1.1"] * 12 + ["HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "XTTP/1.1", ""])
    lines = [f"{pick(METHODS)} {target.replace(' ', '%20')} {version}"]
    body = random.choice(BODIES)
    if random.random() < 0.85:
        lines.append("Host: 127.0.0.1")
    if random.random() < 0.6:
        lines.append(f"Content-Length: {len(body)}")
    for _ in range(random.randrange(6)):
        value = random.choice([pick(VALUES), pick(VALUES), pick(NUMBERS), pick(TEXTS)])
        lines.append(f"{pick(HEADERS)}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body


def status_of(request: bytes, *, port: int) -> int:
    """What the server answers to it; 0 when it hangs up without a word. Raises TimeoutError when it does neither."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        with suppress(OSError):  # it may have hung up already
            wire.sendall(request)
            wire.shutdown(socket.SHUT_WR)
        head = b""
        with suppress(ConnectionError):
            while len(head) < 12 and (block := wire.recv(4096)):
                head += block
    word = head[9:12]
    return int(word) if word.isdigit() else 0
