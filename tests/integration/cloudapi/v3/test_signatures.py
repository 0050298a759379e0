"""Who gets in and who doesn't: TC3 and the older signature (docs/reliability.md 4.1)."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from applications.models import ApiKey, Application, User
from applications.services.keys import delete_api_key, issue_api_key, set_api_key_enabled
from applications.services.sessions import issue_session
from tests.integration.cloudapi.v3.signing import FORM, JSON, Signed, code, send_form, v1_parameters

pytestmark = pytest.mark.django_db

FAILURE = "AuthFailure.SignatureFailure"
EXPIRE = "AuthFailure.SignatureExpire"
MALFORMED = "AuthFailure.InvalidAuthorization"
UNKNOWN = "AuthFailure.SecretIdNotFound"
TOKEN = "AuthFailure.TokenFailure"


@pytest.fixture
def signed(api_key: ApiKey) -> Callable[..., Signed]:
    return lambda **parts: Signed(api_key.secret_id, api_key.secret_key, **from_now(parts))


@pytest.fixture
def form(api_key: ApiKey) -> Callable[..., dict[str, str]]:
    return lambda **own: v1_parameters(api_key.secret_id, api_key.secret_key, **own)


def from_now(parts: dict[str, Any]) -> dict[str, Any]:
    """Whole numbers are seconds from now, as tables are written long before a test runs."""
    return {name: str(int(time.time()) + value) if isinstance(value, int) else value for name, value in parts.items()}


GOOD = {
    "plain": {},
    "another service name": {"service": "127"},
    "a service name with a port": {"service": "localhost:18080"},
    "lower-cased values": {"lowered": True, "content_type": "application/json; charset=UTF-8"},
    "a charset": {"content_type": "application/json; charset=utf-8"},
    "the action signed": {"signed_headers": "content-type;host;x-tc-action"},
    "an old clock": {"timestamp": -200},
    "a fast clock": {"timestamp": 200},
    "GET": {"method": "GET", "query": "SubAppId=1500000001", "content_type": FORM},
    "GET with escapes": {
        "method": "GET",
        "action": "SearchMedia",
        "query": "Text=a+b%20c%2Bd~%2F",
        "content_type": FORM,
    },
    "an empty body": {"body": b""},
    "spaces in the body": {"body": b' { "SubAppId" : 1500000001 } '},
}


@pytest.mark.parametrize("parts", GOOD.values(), ids=GOOD)
def test_a_signed_request_gets_in(signed: Callable[..., Signed], client: Client, parts: dict[str, Any]) -> None:
    assert code(signed(**parts).send(client)) == ""


@pytest.mark.parametrize(("signed_as", "sent_as"), [("127.0.0.1", "127.0.0.1:8000"), ("localhost:80", "localhost:80")])
def test_the_host_may_be_signed_with_or_without_its_port(
    signed: Callable[..., Signed], client: Client, signed_as: str, sent_as: str
) -> None:
    assert code(signed(host=signed_as).send(client, Host=sent_as)) == ""


BAD_PARTS = {
    "301 seconds late": (EXPIRE, {"timestamp": -311}),
    "301 seconds early": (EXPIRE, {"timestamp": 311}),
    "timestamp 0": (EXPIRE, {"timestamp": "0"}),
    "timestamp negative": ("InvalidParameter", {"timestamp": "-1"}),
    "timestamp a fraction": ("InvalidParameter", {"timestamp": "1795326838.5"}),
    "timestamp of 2^63": ("InvalidParameter", {"timestamp": str(2**63)}),
    "timestamp in milliseconds": ("InvalidParameter", {"timestamp": "1795326838000"}),
    "timestamp in other digits": ("InvalidParameter", {"timestamp": "١٢٣"}),
    "date of yesterday": (FAILURE, {"date": "2018-07-17"}),
    "date that is none": (FAILURE, {"date": "today"}),
    "date of no year": (FAILURE, {"date": "0000-00-00"}),
    "another terminator": (MALFORMED, {"terminator": "aws4_request"}),
    "terminator upper-case": (MALFORMED, {"terminator": "TC3_REQUEST"}),
    "algorithm SHA1": (MALFORMED, {"algorithm": "TC3-HMAC-SHA1"}),
    "algorithm lower-case": (MALFORMED, {"algorithm": "tc3-hmac-sha256"}),
    "algorithm of S3": (MALFORMED, {"algorithm": "AWS4-HMAC-SHA256"}),
    "host not signed": (MALFORMED, {"signed_headers": "content-type"}),
    "content type not signed": (MALFORMED, {"signed_headers": "host"}),
    "nothing signed": (MALFORMED, {"signed_headers": ""}),
    "headers unsorted": (MALFORMED, {"signed_headers": "host;content-type"}),
    "headers twice": (MALFORMED, {"signed_headers": "content-type;host;host"}),
    "headers upper-case": (MALFORMED, {"signed_headers": "Content-Type;Host"}),
    "an absent header signed": (FAILURE, {"signed_headers": "content-type;host;x-absent"}),
    "another payload signed": (FAILURE, {"payload": b'{"SubAppId":1}'}),
    "an unsigned payload not announced": (FAILURE, {"payload": b"UNSIGNED-PAYLOAD"}),
    "a query on a POST": (FAILURE, {"query": "SubAppId=2"}),
    "another content type signed": (FAILURE, {"content_type": "text/plain", "extra": {"Content-Type": JSON}}),
}


@pytest.mark.parametrize(("wanted", "parts"), BAD_PARTS.values(), ids=BAD_PARTS)
def test_a_request_that_is_signed_wrongly_stays_out(
    signed: Callable[..., Signed], client: Client, wanted: str, parts: dict[str, Any]
) -> None:
    request = signed(**{name: value for name, value in parts.items() if name != "extra"})
    headers = {name.replace("-", "_"): value for name, value in parts.get("extra", {}).items()}
    assert code(request.send(client, **headers)) == wanted


def _signature(change: Callable[[str], str]) -> Callable[[str], str]:
    def changed(authorization: str) -> str:
        head, _, signature = authorization.rpartition("=")
        return f"{head}={change(signature)}"

    return changed


BAD_AUTHORIZATIONS = {
    "signature upper-case": (MALFORMED, _signature(str.upper)),
    "signature cut short": (MALFORMED, _signature(lambda s: s[:-1])),
    "signature too long": (MALFORMED, _signature(lambda s: f"{s}0")),
    "signature of a megabyte": (MALFORMED, _signature(lambda s: "a" * 2**20)),
    "signature empty": (MALFORMED, _signature(lambda s: "")),
    "one bit of the signature": (FAILURE, _signature(lambda s: f"{int(s[0], 16) ^ 1:x}{s[1:]}")),
    "signature of zeros": (FAILURE, _signature(lambda s: "0" * 64)),
    "signature not hexadecimal": (MALFORMED, _signature(lambda s: "g" * 64)),
    "no header": (MALFORMED, lambda _: ""),
    "SKIP": (MALFORMED, lambda _: "SKIP"),
    "two headers in one": (MALFORMED, lambda a: f"{a},{a}"),
    "something after it": (MALFORMED, lambda a: f"{a}, Extra=1"),
    "no credential": (MALFORMED, lambda a: a.replace("Credential", "Kredential")),
    "no signed headers": (MALFORMED, lambda a: a.replace("SignedHeaders", "Headers")),
    "no scope": (MALFORMED, lambda a: a.replace("/vod/tc3_request", "")),
    "secret id empty": (MALFORMED, lambda a: a.replace(a.split("=")[1].split("/")[0], "", 1)),
    "secret id unknown": (UNKNOWN, lambda a: a.replace("AKID", "AKIE", 1)),
    "secret id lower-case": (UNKNOWN, lambda a: a.replace("AKID", "akid", 1)),
    "secret id with a quote": (UNKNOWN, lambda a: a.replace("AKID", "AKID'--", 1)),
    "secret id of another alphabet": (UNKNOWN, lambda a: a.replace("AKID", "АKID", 1)),
    "service changed": (FAILURE, lambda a: a.replace("/vod/", "/cvm/")),
    "basic credentials": (MALFORMED, lambda _: "Basic QUtJRDpTSw=="),
}


@pytest.mark.parametrize(("wanted", "change"), BAD_AUTHORIZATIONS.values(), ids=BAD_AUTHORIZATIONS)
def test_a_tampered_authorization_stays_out(
    signed: Callable[..., Signed], client: Client, wanted: str, change: Callable[[str], str]
) -> None:
    request = signed()
    assert code(request.send(client, Authorization=change(request.headers()["Authorization"]))) == wanted


CHANGED_HEADERS = {
    "another host": (FAILURE, {"Host": "localhost"}),
    "the host in capitals, which is the same host": ("", {"Host": "TESTSERVER"}),
    "a forwarded host": ("", {"X_Forwarded_Host": "evil.example"}),
    "another time": (FAILURE, {"X_TC_Timestamp": -5}),
    "no time": ("MissingParameter", {"X_TC_Timestamp": ""}),
    "time twice": ("InvalidParameter", {"X_TC_Timestamp": "1795326838,1795326838"}),
    "an unsigned payload announced later": (FAILURE, {"X_TC_Content_SHA256": "UNSIGNED-PAYLOAD"}),
    "a token out of nowhere": (TOKEN, {"X_TC_Token": "token"}),
    "no action": ("MissingParameter", {"X_TC_Action": ""}),
    "no version": ("NoSuchVersion", {"X_TC_Version": ""}),
    "another version": ("NoSuchVersion", {"X_TC_Version": "2017-03-12"}),
}


@pytest.mark.parametrize(("wanted", "headers"), CHANGED_HEADERS.values(), ids=CHANGED_HEADERS)
def test_headers_changed_on_the_way(
    signed: Callable[..., Signed], client: Client, wanted: str, headers: dict[str, Any]
) -> None:
    assert code(signed().send(client, **from_now(headers))) == wanted


BODIES = {
    "altered": b'{"SubAppId":1500000002}',
    "re-encoded": b'{ "SubAppId": 1500000001 }',
    "with a BOM": b'\xef\xbb\xbf{"SubAppId":1500000001}',
    "with a space after": b'{"SubAppId":1500000001} ',
    "gone": b"",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_changed_on_the_way(signed: Callable[..., Signed], client: Client, body: bytes) -> None:
    request = signed(body=b'{"SubAppId":1500000001}')
    authorization = request.headers()["Authorization"]
    request.body = body
    assert code(request.send(client, Authorization=authorization)) == FAILURE


QUERIES = {
    "a value": "SubAppId=1500000002",
    "the encoding of a space": "ExtInfo=a%20b",
    "the order": "SubAppId=1500000001&ExtInfo=a+b",
    "a parameter more": "ExtInfo=a+b&SubAppId=1500000001&Definition=1",
    "the case of an escape": "ExtInfo=a+b&SubAppId=150000000%31",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_changed_on_the_way(signed: Callable[..., Signed], client: Client, query: str) -> None:
    request = signed(method="GET", query="ExtInfo=a+b&SubAppId=1500000001", content_type=FORM)
    authorization = request.headers()["Authorization"]
    request.query = query
    assert code(request.send(client, Authorization=authorization)) == FAILURE


def test_the_window_is_three_hundred_seconds_to_the_second(
    signed: Callable[..., Signed], client: Client, time_machine: object
) -> None:
    now = int(time.time())
    time_machine.move_to(now + 0.5, tick=False)  # type: ignore[attr-defined]
    codes = [code(signed(timestamp=str(now + offset)).send(client)) for offset in (-301, -300, -299, 299, 300, 301)]
    assert codes == [EXPIRE, "", "", "", "", EXPIRE]


def test_a_disabled_key_stays_out_from_that_moment(
    signed: Callable[..., Signed], client: Client, api_key: ApiKey
) -> None:
    assert code(signed().send(client)) == ""
    set_api_key_enabled(key=api_key, enabled=False)
    assert code(signed().send(client)) == UNKNOWN
    delete_api_key(key=api_key)
    assert code(signed().send(client)) == UNKNOWN


def test_the_key_of_a_disabled_user_stays_out(signed: Callable[..., Signed], client: Client, owner: User) -> None:
    owner.is_active = False
    owner.save()
    assert code(signed().send(client)) == UNKNOWN


def test_another_keys_secret_is_of_no_use(
    signed: Callable[..., Signed], client: Client, stranger: User, other_application: Application
) -> None:
    other, secret = issue_api_key(user=stranger, application=other_application)
    request = signed()
    request.secret_key = secret
    assert code(request.send(client)) == FAILURE
    assert code(Signed(other.secret_id, secret).send(client)) == ""


def test_an_unsigned_payload_is_taken_where_the_operator_allows_it(
    signed: Callable[..., Signed], client: Client, settings: LazySettings
) -> None:
    request = signed(payload=b"UNSIGNED-PAYLOAD")
    assert code(request.send(client, X_TC_Content_SHA256="UNSIGNED-PAYLOAD")) == FAILURE
    settings.ZOETROPE_UNSIGNED_PAYLOAD = True
    assert code(request.send(client, X_TC_Content_SHA256="UNSIGNED-PAYLOAD")) == ""


# --- Session credentials (docs/protocol 1.6) ------------------------------------------------------------------------


def test_session_credentials_have_their_keys_rights_until_they_end(
    api_key: ApiKey, client: Client, time_machine: object
) -> None:
    session = issue_session(key=api_key, lifetime=timedelta(minutes=10))

    def ask(token: str) -> str:
        return code(Signed(session.secret_id, session.secret_key).send(client, X_TC_Token=token))

    assert ask(session.token) == ""
    assert ask("") == UNKNOWN
    assert ask(session.token[:-2]) == TOKEN
    assert ask(issue_session(key=api_key, lifetime=timedelta(minutes=1)).token) == TOKEN
    form = v1_parameters(session.secret_id, session.secret_key, Token=session.token)
    assert code(send_form(client, form)) == ""
    time_machine.move_to(time.time() + 601)  # type: ignore[attr-defined]
    assert ask(session.token) == TOKEN


def test_session_credentials_end_with_their_key(api_key: ApiKey, client: Client) -> None:
    session = issue_session(key=api_key, lifetime=timedelta(minutes=10))
    set_api_key_enabled(key=api_key, enabled=False)
    assert code(Signed(session.secret_id, session.secret_key).send(client, X_TC_Token=session.token)) == TOKEN


# --- The older signature ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("algorithm", ["HmacSHA1", "HmacSHA256"])
def test_the_older_signature_gets_in(
    form: Callable[..., dict[str, str]], client: Client, method: str, algorithm: str
) -> None:
    parameters = form(
        method=method, Action="SearchMedia", SignatureMethod=algorithm, Text="上下文 a&b=c+d", Region="ap-guangzhou"
    )
    assert code(send_form(client, parameters, method=method)) == ""


def test_the_older_signature_covers_the_port(form: Callable[..., dict[str, str]], client: Client) -> None:
    assert code(send_form(client, form(host="localhost:8000"), host="localhost:8000")) == ""
    assert code(send_form(client, form(host="localhost:8000"), host="localhost:8001")) == FAILURE


BAD_FORMS = {
    "value changed": (FAILURE, {"SubAppId": "1500000002"}),
    "parameter added": (FAILURE, {"ExtInfo": "x"}),
    "action changed": (FAILURE, {"Action": "DescribeEventConfig"}),
    "nonce changed": (FAILURE, {"Nonce": "11887"}),
    "nonce missing": ("MissingParameter", {"Nonce": ""}),
    "timestamp missing": ("MissingParameter", {"Timestamp": ""}),
    "timestamp late": (EXPIRE, {"Timestamp": -400}),
    "timestamp no number": ("InvalidParameter", {"Timestamp": "now"}),
    "algorithm unknown": (MALFORMED, {"SignatureMethod": "HmacMD5"}),
    "algorithm swapped": (FAILURE, {"SignatureMethod": "HmacSHA1"}),
    "algorithm missing": (FAILURE, {"SignatureMethod": None}),
    "secret id unknown": (UNKNOWN, {"SecretId": "AKIDnobody"}),
    "secret id missing": ("MissingParameter", {"SecretId": None}),
    "signature missing": ("MissingParameter", {"Signature": None}),
    "signature of another": (FAILURE, {"Signature": "AAAA"}),
    "signature not ASCII": (FAILURE, {"Signature": "签名"}),
    "token out of nowhere": (TOKEN, {"Token": "token"}),
}


@pytest.mark.parametrize(("wanted", "changes"), BAD_FORMS.values(), ids=BAD_FORMS)
def test_a_tampered_form_stays_out(
    form: Callable[..., dict[str, str]], client: Client, wanted: str, changes: dict[str, Any]
) -> None:
    parameters = {**form(SubAppId="1500000001"), **from_now(changes)}
    assert code(send_form(client, {name: value for name, value in parameters.items() if value is not None})) == wanted


def test_the_method_is_signed(form: Callable[..., dict[str, str]], client: Client) -> None:
    assert code(send_form(client, form(method="GET"), method="POST")) == FAILURE


def test_there_are_sixty_negative_cases_and_more() -> None:
    """docs/reliability.md 4.1."""
    good = sum(wanted == "" for wanted, _ in CHANGED_HEADERS.values())
    cases = (BAD_PARTS, BAD_AUTHORIZATIONS, CHANGED_HEADERS, BODIES, QUERIES, BAD_FORMS)
    assert sum(map(len, cases)) - good >= 60


def test_an_answer_to_a_stranger_says_nothing_of_the_key(client: Client, signed: Callable[..., Signed]) -> None:
    answers = json.dumps([signed(payload=b"x").send(client), Signed("AKIDnobody", "x").send(client)])
    assert signed().secret_key not in answers
