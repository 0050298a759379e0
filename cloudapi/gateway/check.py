"""Whether the programs of this shell meet the gateway: asked the way they would ask, but of the gateway alone."""

import http.client
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

_SECONDS = 10
_ASKED = "vod.tencentcloudapi.com"


def problem(wanted: Mapping[str, str], *, proxy: str, authority: Path) -> str:
    """What is wrong, in a sentence; "" when all is well. `wanted` are the variables as `gateway --env` says them."""
    missing = [name for name, value in wanted.items() if not os.environ.get(name, "").startswith(value)]
    if missing:
        return f"Not set for the gateway: {', '.join(missing)}. Programs would reach the real cloud."
    address = urlsplit(proxy)
    trust = ssl.create_default_context(cafile=str(authority))
    connection = http.client.HTTPSConnection(address.hostname or "", address.port, timeout=_SECONDS, context=trust)
    connection.set_tunnel(_ASKED, 443)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:
        return f"The variables are set, but nothing answers at {proxy}: {error}. Start the gateway, and Zoetrope."
    finally:
        connection.close()
    return ""
