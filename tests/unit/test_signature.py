"""The client upload signature, docs/protocol 4.1."""

import base64
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.client_signature import MAX_LIFE, SignatureRefused, fresh_fields, parse, sign

ORIGINAL = (
    "secretId=AKIDtest&currentTimeStamp=1700000000&expireTime=1700086400&random=123456789&procedure=LongVideoPreset"
    "&classId=0&vodSubAppId=1500000001&sourceContext=a%20b%26c&oneTimeValid=1"
)
SIGNATURE = (
    "UrnUybT6kjBZkq7Xi5G5WEc7yyJzZWNyZXRJZD1BS0lEdGVzdCZjdXJyZW50VGltZVN0YW1wPTE3MDAwMDAwMDAmZXhwaXJlVGltZT0xNzAwMDg2"
    "NDAwJnJhbmRvbT0xMjM0NTY3ODkmcHJvY2VkdXJlPUxvbmdWaWRlb1ByZXNldCZjbGFzc0lkPTAmdm9kU3ViQXBwSWQ9MTUwMDAwMDAwMSZzb3Vy"
    "Y2VDb250ZXh0PWElMjBiJTI2YyZvbmVUaW1lVmFsaWQ9MQ=="
)


def test_the_vector_of_the_protocol_is_made_byte_for_byte() -> None:
    assert sign(dict(parse_qsl(ORIGINAL)), secret_key="SKtest") == SIGNATURE


def test_the_vector_of_the_protocol_is_believed() -> None:
    signature = parse(SIGNATURE)
    assert signature.is_made_with("SKtest")
    assert signature.original == ORIGINAL.encode()
    assert (signature.fields["sourceContext"], signature.number("vodSubAppId")) == ("a b&c", 1500000001)
    signature.check_time(now=1700086400)


def test_any_changed_bit_is_noticed() -> None:
    raw = base64.b64decode(SIGNATURE)
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= 1
        assert not _is_believed(base64.b64encode(changed).decode()), position


def test_another_key_does_not_fit() -> None:
    assert not parse(SIGNATURE).is_made_with("SKtesT")


@pytest.mark.parametrize(
    "text",
    ["", "AAAA", "not base64!", SIGNATURE[:-2], SIGNATURE[1:], "A" * 20_000, "é", base64.b64encode(b"\xff" * 60)],
)
def test_what_is_no_signature_is_refused(text: str | bytes) -> None:
    with pytest.raises(SignatureRefused):
        parse(text if isinstance(text, str) else text.decode())


@pytest.mark.parametrize(
    ("start", "end", "now", "good"),
    [
        (1000, 2000, 2000, True),
        (1000, 2000, 2000.5, False),
        (1000, 1000 + MAX_LIFE, 1500, True),
        (1000, 1001 + MAX_LIFE, 1500, False),
        (1000, 1000, 900, False),
        (1000, 999, 900, False),
    ],
)
def test_a_signature_lives_ninety_days_at_most(start: int, end: int, now: float, good: bool) -> None:
    fields = {"secretId": "AKID", "currentTimeStamp": start, "expireTime": end, "random": 1}
    signature = parse(sign(fields, secret_key="k"))
    if good:
        signature.check_time(now=now)
        return
    with pytest.raises(SignatureRefused):
        signature.check_time(now=now)


def test_a_signature_that_expires_before_it_was_made_is_told_so() -> None:
    fields = {**fresh_fields(secret_id="AKID", now=1000, life=60), "expireTime": 999}
    signature = parse(sign(fields, secret_key="k"))
    with pytest.raises(SignatureRefused, match="expireTime must lie after its currentTimeStamp"):
        signature.check_time(now=900)


@pytest.mark.parametrize("missing", ["secretId", "currentTimeStamp", "expireTime", "random"])
@pytest.mark.parametrize("value", [None, "", "x", "1.5", "٣", "9" * 30])
def test_the_required_fields_are_required(missing: str, value: str | None) -> None:
    fields = fresh_fields(secret_id="AKID", now=1000, life=60)
    if value is None:
        del fields[missing]
    else:
        fields[missing] = value
    if missing == "secretId" and value:
        return
    with pytest.raises(SignatureRefused):
        parse(sign(fields, secret_key="k")).check_time(now=1000)


@pytest.mark.parametrize("number", [-1, 2**32])
def test_a_random_out_of_range_is_refused(number: int) -> None:
    fields = {**fresh_fields(secret_id="AKID", now=1000, life=60), "random": number}
    with pytest.raises(SignatureRefused):
        parse(sign(fields, secret_key="k"))


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=40), max_size=6), st.text(max_size=40))
def test_whatever_is_signed_is_read_back(extra: dict[str, str], key: str) -> None:
    fields = {**{name: value.replace("\0", "") for name, value in extra.items()}, "secretId": "A", "random": "7"}
    signature = parse(sign(fields, secret_key=key))
    assert signature.is_made_with(key)
    assert signature.fields == fields


def _is_believed(text: str) -> bool:
    try:
        return parse(text).is_made_with("SKtest")
    except SignatureRefused:
        return False


def test_an_end_before_its_beginning_is_not_called_too_long() -> None:
    fields = fresh_fields(secret_id="a", now=2000, life=-1000)
    with pytest.raises(SignatureRefused, match="must lie after its currentTimeStamp"):
        parse(sign(fields, secret_key="k")).check_time(now=1500)
