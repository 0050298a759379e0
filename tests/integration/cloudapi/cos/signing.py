"""Signing object requests by hand, from docs/protocol 3.4 and 4.4 alone: the tests' own second implementation."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from cloudapi.cos.credentials import TemporaryKey


def _enc(text: str) -> str:
    return quote(text, safe="-_.~")


def _hmac_sha1(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), "sha1").hexdigest()


def q_sign(
    key: TemporaryKey,
    *,
    method: str,
    path: str,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    start: int = -60,
    end: int = 900,
) -> dict[str, str]:
    """The q-… items. `start` and `end` are seconds from now."""
    span = f"{int(time.time()) + start};{int(time.time()) + end}"
    params = {_enc(name.lower()): _enc(value) for name, value in (params or {}).items()}
    headers = {_enc(name.lower()): _enc(value) for name, value in (headers or {}).items()}
    joined = ["&".join(f"{name}={value}" for name, value in sorted(items.items())) for items in (params, headers)]
    http_string = f"{method.lower()}\n{path}\n{joined[0]}\n{joined[1]}\n"
    to_sign = f"sha1\n{span}\n{hashlib.sha1(http_string.encode()).hexdigest()}\n"
    return {
        "q-sign-algorithm": "sha1",
        "q-ak": key.secret_id,
        "q-sign-time": span,
        "q-key-time": span,
        "q-header-list": ";".join(sorted(headers)),
        "q-url-param-list": ";".join(sorted(params)),
        "q-signature": _hmac_sha1(_hmac_sha1(key.secret_key, span), to_sign),
    }


def as_header(items: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in items.items())


def v4_headers(key: TemporaryKey, *, method: str, path: str, host: str, payload: str) -> dict[str, str]:
    """The headers of a signed request. `payload` is a hex SHA-256 or UNSIGNED-PAYLOAD."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/s3/s3/aws4_request"
    signed = {"host": host, "x-amz-content-sha256": payload, "x-amz-date": moment, "x-amz-security-token": key.token}
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(signed.items()))
    names = ";".join(sorted(signed))
    canonical = f"{method}\n{quote(path)}\n\n{lines}\n{names}\n{payload}"
    to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    secret = f"AWS4{key.secret_key}".encode()
    for part in scope.split("/"):
        secret = hmac.new(secret, part.encode(), "sha256").digest()
    signature = hmac.new(secret, to_sign.encode(), "sha256").hexdigest()
    credential = f"Credential={key.secret_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {name: value for name, value in signed.items() if name != "host"} | {
        "authorization": f"AWS4-HMAC-SHA256 {credential}"
    }
