"""A signer of its own, straight from docs/protocol 1.2 and 1.4, with every part open to tampering."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client

HOST = "testserver"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Signed:
    """A TC3 request; what is set before `headers` is called is signed, what is changed after it is tampering."""

    secret_id: str
    secret_key: str
    action: str = "DescribeStorageRegions"
    body: bytes = b"{}"
    method: str = "POST"
    query: str = ""
    host: str = HOST
    content_type: str = JSON
    timestamp: str = field(default_factory=lambda: str(int(time.time())))
    service: str = "vod"
    date: str = ""
    terminator: str = "tc3_request"
    algorithm: str = "TC3-HMAC-SHA256"
    signed_headers: str = "content-type;host"
    payload: bytes | None = None
    extra: dict[str, str] = field(default_factory=dict)
    lowered: bool = False

    @property
    def scope(self) -> str:
        seconds = int(self.timestamp) if self.timestamp.isdecimal() and len(self.timestamp) < 11 else 0
        return f"{self.date or time.strftime('%Y-%m-%d', time.gmtime(seconds))}/{self.service}/{self.terminator}"

    @property
    def signature(self) -> str:
        names = {"content-type": self.content_type, "host": self.host, "x-tc-action": self.action, **self.extra}
        values = {name: value.lower() if self.lowered else value for name, value in names.items()}
        lines = "".join(f"{name}:{values.get(name.lower(), '')}\n" for name in self.signed_headers.split(";"))
        payload = self.payload if self.payload is not None else (self.body if self.method == "POST" else b"")
        digest = hashlib.sha256(payload).hexdigest()
        query = self.query if self.method == "GET" else ""
        canonical = f"{self.method}\n/\n{query}\n{lines}\n{self.signed_headers}\n{digest}"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"{self.algorithm}\n{self.timestamp}\n{self.scope}\n{hashed}"
        key = f"TC3{self.secret_key}".encode()
        for part in (self.scope.split("/")[0], self.service, self.terminator):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def headers(self) -> dict[str, str]:
        return {
            "Host": self.host,
            "X-TC-Action": self.action,
            "X-TC-Version": "2018-07-17",
            "X-TC-Timestamp": self.timestamp,
            "Authorization": f"{self.algorithm} Credential={self.secret_id}/{self.scope}, "
            f"SignedHeaders={self.signed_headers}, Signature={self.signature}",
            **self.extra,
        }

    def send(self, client: Client, **changed: str) -> dict[str, Any]:
        """`changed`: headers, with _ for -, that differ from what was signed; "" leaves one out."""
        headers = {**self.headers(), **{name.replace("_", "-"): value for name, value in changed.items()}}
        return sent(
            client,
            method=self.method,
            path=f"/?{self.query}" if self.query else "/",
            body=self.body if self.method == "POST" else b"",
            content_type=self.content_type,
            headers={name: value for name, value in headers.items() if value},
        )


def v1_parameters(
    secret_id: str, secret_key: str, *, method: str = "POST", host: str = HOST, **own: str
) -> dict[str, str]:
    """Signed by HmacSHA256 unless SignatureMethod says otherwise."""
    parameters = {
        "Action": "DescribeStorageRegions",
        "Version": "2018-07-17",
        "Timestamp": str(int(time.time())),
        "Nonce": "11886",
        "SecretId": secret_id,
        "SignatureMethod": "HmacSHA256",
        **own,
    }
    digest = hashlib.sha1 if parameters["SignatureMethod"] == "HmacSHA1" else hashlib.sha256
    text = f"{method}{host}/?" + "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    mac = hmac.new(secret_key.encode(), text.encode(), digest).digest()
    return {**parameters, "Signature": base64.b64encode(mac).decode()}


def send_form(client: Client, parameters: dict[str, str], *, method: str = "POST", host: str = HOST) -> dict[str, Any]:
    query = urlencode(parameters)
    return sent(
        client,
        method=method,
        path=f"/?{query}" if method == "GET" else "/",
        body=query.encode() if method == "POST" else b"",
        content_type=FORM,
        headers={"Host": host},
    )


def sent(
    client: Client, *, method: str, path: str, body: bytes, content_type: str, headers: dict[str, str]
) -> dict[str, Any]:
    """The Response, after a look at the envelope, which is the same for every answer (docs/protocol 1.5)."""
    headers = {"Content-Type": content_type, **headers}
    return opened(client.generic(method, path, body, content_type=content_type, headers=headers))


def opened(answer: HttpResponse) -> dict[str, Any]:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    response: dict[str, Any] = json.loads(answer.content)["Response"]
    assert response["RequestId"]
    return response


def code(response: dict[str, Any]) -> str:
    """ "" for a success."""
    return str(response.get("Error", {}).get("Code", ""))
