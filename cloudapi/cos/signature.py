"""The q-sign-algorithm signature of COS, in the Authorization header or in the query (docs/protocol 3.4).

In the query its items stand each for itself, or, as the PHP SDK and older ones presign, all together in `sign`.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Iterable
from urllib.parse import quote

from cloudapi.cos.errors import ObjectRefused
from cloudapi.cos.request import ObjectRequest

_SPAN = re.compile(r"(\d{1,12});(\d{1,12})", re.ASCII)
_SKEW = 300  # seconds that a client's clock may be ahead


def items_of(request: ObjectRequest) -> dict[str, str] | None:
    """The signature's q-… items, None when the request isn't signed this way."""
    together = request.headers.get("authorization", "") or request.option("sign") or ""
    if together.startswith("q-sign-algorithm="):
        return dict(_pair(item) for item in together.split("&"))
    if request.option("q-sign-algorithm") is not None:
        return {name: value for name, value in request.query if name.startswith("q-")}
    return None


def verify(request: ObjectRequest, *, items: dict[str, str], secret_key: str) -> None:
    """Raises ObjectRefused: AccessDenied when it is too late or too early, SignatureDoesNotMatch."""
    if items.get("q-sign-algorithm") != "sha1":
        raise ObjectRefused("AccessDenied", "The signature's algorithm is not sha1.")
    for name in ("q-sign-time", "q-key-time"):
        _check_time(items.get(name, ""))
    sign_key = _hmac(secret_key.encode(), items["q-key-time"])
    given = items.get("q-signature", "").encode()
    expected = [
        _hmac(sign_key.encode(), f"sha1\n{items['q-sign-time']}\n{_sha1(text)}\n").encode()
        for text in _http_strings(request, items)
    ]
    if not sum(hmac.compare_digest(given, right) for right in expected):  # all of them: no early end tells which
        raise ObjectRefused("SignatureDoesNotMatch", "The signature does not match the request and the secret key.")


def host_forms(host: str) -> Iterable[str]:
    """As sent, and without the port: SDKs differ in which of them they sign."""
    return dict.fromkeys([host, re.sub(r":\d+$", "", host)])


def path_forms(request: ObjectRequest) -> Iterable[str]:
    """With the bucket in front where it was sent so, and without."""
    return dict.fromkeys([request.path, request.place.path])


def encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _http_strings(request: ObjectRequest, items: dict[str, str]) -> Iterable[str]:
    params = _listed(request.query, items.get("q-url-param-list", ""))
    for host in host_forms(request.headers.get("host", "")):
        headers = _listed((request.headers | {"host": host}).items(), items.get("q-header-list", ""))
        for path in path_forms(request):
            yield f"{request.method.lower()}\n{path}\n{params}\n{headers}\n"


def _listed(pairs: Iterable[tuple[str, str]], names: str) -> str:
    """Only what the signature lists, in the order of the encoded names. Raises ObjectRefused for what wasn't sent."""
    wanted = set(names.lower().split(";")) - {""}
    every = [(encoded(name.lower()), encoded(value)) for name, value in pairs]
    chosen = sorted((name, value) for name, value in every if name.lower() in wanted)
    if wanted - {name.lower() for name, _ in chosen}:
        raise ObjectRefused("SignatureDoesNotMatch", "The signature lists a header or parameter that was not sent.")
    return "&".join(f"{name}={value}" for name, value in chosen)


def _check_time(text: str) -> None:
    span = _SPAN.fullmatch(text)
    if not span:
        raise ObjectRefused("AccessDenied", "The signature's time is not of the form start;end.")
    now = time.time()
    if now > int(span[2]) or now < int(span[1]) - _SKEW:
        raise ObjectRefused("AccessDenied", "Request has expired")


def _pair(item: str) -> tuple[str, str]:
    name, _, value = item.partition("=")
    return name, value


def _hmac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha1).hexdigest()


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
