"""The international edition's SDKs, unmodified, behind the gateway: vod.intl.tencentcloudapi.com."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloudapi.gateway.authority import authority
from cloudapi.gateway.names import DOMAINS, certified_names, is_served
from media_jobs.models import Media
from tests.integration.cloudapi.conftest import ROOT, RunningGateway

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateway")]

# A hundred megabytes when unpacked, most of it other products: Python reads it as it comes.
(WHEEL,) = list((ROOT / "tests/sdk/intl").glob("tencentcloud_sdk_python_intl_en-*.whl")) or [None]
HOSTS = [
    "vod.intl.tencentcloudapi.com",
    "vod.ap-singapore.tencentcloudapi.com",
    "vod.intl.ap-singapore.tencentcloudapi.com",
    "vod.internal.tencentcloudapi.com",
    "sts.intl.tencentcloudapi.com",
]


def test_the_python_sdk_of_the_international_edition_works(
    gateway: RunningGateway, program: Callable[..., Any], uploaded: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert WHEEL, "make setup-dev fetches it"
    monkeypatch.setitem(gateway.variables, "PYTHONPATH", f"{gateway.variables['PYTHONPATH']}:{WHEEL}")
    answer = program("international.py")
    assert answer == {"host": "vod.intl.tencentcloudapi.com", "found": 1, "refused": "UnsupportedOperation"}


def test_the_node_sdk_of_the_international_edition_works(program: Callable[..., Any], uploaded: Media) -> None:
    answer = program("international.js")
    assert answer == {"error": None, "found": 1, "refused": "UnsupportedOperation"}


@pytest.mark.parametrize("host", HOSTS)
def test_names_of_two_labels_are_in_the_certificate(host: str, tmp_path: Path) -> None:
    """As a client compares them: a wildcard stands for one label."""
    assert is_served(host)
    made = authority(tmp_path, domains=DOMAINS, names=certified_names())
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(made.chain)
    trust = ssl.create_default_context(cafile=str(made.certificate))
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trust.wrap_bio(to_client, to_server, server_hostname=host)
    server = served.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert client.getpeercert()
