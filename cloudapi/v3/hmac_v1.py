"""The older signature among the parameters themselves, HmacSHA1 or HmacSHA256 (docs/protocol 1.4)."""

import base64
import hmac
from collections.abc import Mapping

from applications.models import ApiKey
from cloudapi.v3.credentials import check_clock, credentials_of, signer
from cloudapi.v3.errors import ApiError, SignatureFailure
from cloudapi.v3.request import RawRequest

METHODS = {"HmacSHA1": "sha1", "HmacSHA256": "sha256"}
COMMON = frozenset(
    (
        "Action",
        "Version",
        "Timestamp",
        "Nonce",
        "SecretId",
        "Region",
        "Token",
        "SignatureMethod",
        "RequestClient",
        "Language",
        "Signature",
    )
)


def authenticate(request: RawRequest, parameters: Mapping[str, str]) -> ApiKey:
    """Whose key signed the (decoded, still flat) parameters. Raises ApiError AuthFailure.* or MissingParameter."""
    for name in ("SecretId", "Signature", "Nonce"):
        if not parameters.get(name):
            raise ApiError("MissingParameter", f"{name} is missing.")
    check_clock(parameters.get("Timestamp", ""))
    digest = METHODS.get(parameters.get("SignatureMethod", "HmacSHA1"))
    if digest is None:
        raise ApiError("AuthFailure.InvalidAuthorization", "The SignatureMethod is HmacSHA1 or HmacSHA256.")
    if request.method == "POST" and request.query:
        raise SignatureFailure("A signed POST has no query: nothing would protect it.")
    credentials = credentials_of(parameters["SecretId"], token=parameters.get("Token", ""))
    given = parameters["Signature"].encode()
    wanted = [_signature(request, parameters, host, credentials.secret_key, digest) for host in request.hosts]
    matches = [hmac.compare_digest(one, given) for one in wanted]
    return signer(credentials, matches=any(matches))


def _signature(request: RawRequest, parameters: Mapping[str, str], host: str, secret_key: str, digest: str) -> bytes:
    signed = sorted((name, value) for name, value in parameters.items() if name != "Signature")
    text = f"{request.method}{host}/?" + "&".join(f"{name}={value}" for name, value in signed)
    return base64.b64encode(hmac.digest(secret_key.encode(), text.encode(), digest))
