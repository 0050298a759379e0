"""Who is slowed down by wrong passwords and keys, who isn't, and how one gets in again."""

import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import LazySettings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from applications.guessing import LIMIT, TooManyGuesses, counted
from applications.models import ApiKey, Application, User
from applications.proxies import client_of, lock_address
from applications.services.keys import issue_access_token
from tests.conftest import PASSWORD
from tests.integration.cloudapi.v3.signing import Signed, code

pytestmark = pytest.mark.django_db
PROXY, ATTACKER, OPERATOR = "127.0.0.1", "203.0.113.66", "198.51.100.7"


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """Within one minute, as attempts are counted by it."""
    cache.clear()
    with time_machine.travel(datetime.now(UTC).replace(second=2)):
        yield
    cache.clear()


def sign_in(client: Client, password: str, *, hops: str = "", peer: str = PROXY) -> int:
    headers = {"X-Forwarded-For": hops} if hops else {}
    form = {"username": "owner", "password": password}
    return client.post(reverse("console:login"), form, REMOTE_ADDR=peer, headers=headers).status_code


def test_behind_a_proxy_nobody_is_locked_out_by_another_address(
    settings: LazySettings, application: Application
) -> None:
    settings.ZOETROPE_TRUSTED_PROXIES = [PROXY]
    for number in range(12):
        sign_in(Client(), "wrong", hops=f"10.9.8.{number}, {ATTACKER}")
    assert sign_in(Client(), PASSWORD, hops=ATTACKER) == 429
    assert sign_in(Client(), PASSWORD, hops=f"{ATTACKER}, {OPERATOR}") == 302


def test_nobody_else_can_say_where_he_comes_from(settings: LazySettings, application: Application) -> None:
    settings.ZOETROPE_TRUSTED_PROXIES = ["10.0.0.0/8"]
    for number in range(12):
        sign_in(Client(), "wrong", hops=f"192.0.2.{number}", peer=ATTACKER)
    assert sign_in(Client(), PASSWORD, hops="192.0.2.99", peer=ATTACKER) == 429


@pytest.mark.parametrize(
    ("hops", "client"),
    [
        ("", PROXY),
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4, 127.0.0.1", "1.2.3.4"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("nonsense", PROXY),
        ("1.2.3.4, unknown", PROXY),
        ("127.0.0.1," * 5000, PROXY),
    ],
)
def test_the_client_is_the_right_most_hop_that_is_no_proxy(settings: LazySettings, hops: str, client: str) -> None:
    settings.ZOETROPE_TRUSTED_PROXIES = [PROXY]
    assert client_of(PROXY, hops=hops) == client


def test_a_client_with_a_whole_ipv6_network_is_one_client() -> None:
    assert lock_address("2001:db8:1:2:3::1") == lock_address("2001:db8:1:2:ffff::9") != lock_address("2001:db8:1:3::1")
    assert lock_address("::ffff:1.2.3.4") == "1.2.3.4"


def test_whoever_must_know_of_a_proxy_still_sees_its_headers(client: Client, application: Application) -> None:
    """The metrics answer who asks directly from an allowed network, not who comes through a proxy that stands there."""
    asked = client.get("/login", headers={"X-Forwarded-For": ATTACKER}).wsgi_request
    assert (asked.META["REMOTE_ADDR"], asked.headers["X-Forwarded-For"]) == (PROXY, ATTACKER)


@pytest.mark.parametrize(("trusted", "secure"), [([PROXY], True), ([], False)])
def test_the_scheme_too_is_believed_of_proxies_only(
    settings: LazySettings, client: Client, trusted: list[str], secure: bool
) -> None:
    settings.ZOETROPE_TRUSTED_PROXIES = trusted
    answer = client.get("/login", headers={"X-Forwarded-Proto": "https"})
    assert answer.wsgi_request.is_secure() is secure


def test_the_page_of_a_lock_says_how_long_it_lasts(client: Client, application: Application) -> None:
    for _ in range(10):
        sign_in(client, "wrong")
    answer = client.post(reverse("console:login"), {"username": "owner", "password": PASSWORD})
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert f"{answer['Retry-After']} second" in answer.content.decode()
    assert b"<h1" in answer.content


def test_a_browser_that_signed_in_before_is_not_locked_out_by_others(client: Client, application: Application) -> None:
    assert sign_in(client, PASSWORD) == 302
    client.post(reverse("console:logout"))
    for _ in range(12):
        sign_in(Client(), "wrong")
    assert sign_in(Client(), PASSWORD) == 429
    assert sign_in(client, PASSWORD) == 302


def test_a_known_browser_guesses_no_faster_than_others(client: Client, application: Application) -> None:
    assert sign_in(client, PASSWORD) == 302
    client.post(reverse("console:logout"))
    assert [sign_in(client, "wrong") for _ in range(40)][-1] == 429


def test_a_new_password_makes_known_browsers_strangers(client: Client, owner: User, application: Application) -> None:
    sign_in(client, PASSWORD)
    client.post(reverse("console:logout"))
    owner.set_password("another long one")
    owner.save()
    for _ in range(12):
        sign_in(Client(), "wrong")
    assert sign_in(client, "another long one") == 429


def test_a_command_opens_the_lock(client: Client, application: Application) -> None:
    for _ in range(12):
        sign_in(client, "wrong")
    call_command("unlock", "owner")
    assert sign_in(client, PASSWORD) == 302


def test_wrong_keys_are_slowed_and_right_ones_go_on(client: Client, api_key: ApiKey) -> None:
    known, stranger = {"REMOTE_ADDR": OPERATOR}, {"REMOTE_ADDR": ATTACKER}
    assert client.get("/api/v1/me", headers=_basic(api_key, api_key.secret_key), **known).status_code == 200
    wrong = [client.get("/api/v1/me", headers=_basic(api_key, f"x{n}"), **stranger) for n in range(300)]
    assert [answer.status_code for answer in wrong].count(401) == 10
    assert 1 <= int(wrong[-1]["Retry-After"]) <= 61
    assert client.get("/api/v1/me", headers=_basic(api_key, api_key.secret_key), **stranger).status_code == 429
    assert client.get("/api/v1/me", headers=_basic(api_key, api_key.secret_key), **known).status_code == 200


def test_nobody_locks_a_program_out_from_its_own_address(client: Client, api_key: ApiKey) -> None:
    right = _basic(api_key, api_key.secret_key)
    assert client.get("/api/v1/me", headers=right).status_code == 200
    for number in range(30):
        client.get("/api/v1/me", headers=_basic(api_key, f"x{number}"))
    assert client.get("/api/v1/me", headers=_basic(api_key, "x")).status_code == 429
    assert client.get("/api/v1/me", headers=right).status_code == 200


def test_wrong_tokens_are_slowed(client: Client, owner: User, application: Application) -> None:
    token = issue_access_token(user=owner, application=application)[1]
    wrong = [
        client.get("/api/v1/me", headers={"Authorization": f"Bearer {token[:15]}{n:049}"}).status_code
        for n in range(30)
    ]
    assert wrong.count(401) == 10 and wrong.count(429) == 20


@pytest.mark.parametrize("token", ["\xff\xfe", "é", "x y", "", "a" * 5000])
def test_a_token_that_is_none_is_refused(client: Client, db: None, token: str) -> None:
    client.raise_request_exception = False
    answer = client.get("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {token}".encode().decode("latin-1"))
    assert answer.status_code == 401


def test_wrong_signatures_are_slowed_with_a_code_that_sdks_know(client: Client, api_key: ApiKey) -> None:
    attacker = Client(REMOTE_ADDR=ATTACKER)
    answers = [code(Signed(api_key.secret_id, "wrong").send(attacker)) for _ in range(30)]
    assert answers.count("AuthFailure.SignatureFailure") == 10
    assert answers[-1] == "RequestLimitExceeded"
    assert code(Signed(api_key.secret_id, api_key.secret_key).send(client)) == ""


def _basic(key: ApiKey, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{key.secret_id}:{secret}".encode()).decode()}


def test_many_right_ones_at_once_from_a_new_address_are_no_guesses() -> None:
    def show_the_right_one(_: int) -> bool:
        with counted(account="AKID", address=OPERATOR, wrong=ValueError):
            time.sleep(0.05)
            return True

    with ThreadPoolExecutor(LIMIT * 2) as crowd:
        assert all(crowd.map(show_the_right_one, range(LIMIT * 2)))


def test_no_more_than_the_limit_are_checked_however_many_come_at_once() -> None:
    checked: list[int] = []

    def guess(number: int) -> str:
        try:
            with counted(account="AKID", address=ATTACKER, wrong=ValueError):
                checked.append(number)
                time.sleep(0.05)
                raise ValueError
        except (ValueError, TooManyGuesses) as error:
            return type(error).__name__

    with ThreadPoolExecutor(LIMIT * 3) as crowd:
        answers = Counter(crowd.map(guess, range(LIMIT * 3)))
    assert len(checked) == LIMIT
    assert answers == {"ValueError": LIMIT, "TooManyGuesses": LIMIT * 2}
