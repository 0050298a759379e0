"""What a program must find in its environment to meet the gateway: variables, and trust in its authority."""

import base64
import hashlib
import shlex
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_NO_PROXY = "localhost,127.0.0.1,::1"
# The Python SDK passes certifi's list explicitly, so that no variable can add to it (docs/protocol 3.7). A certifi that
# stands in front of the installed one, and differs in nothing but the list, can.
_CERTIFI = '''"""certifi's list of authorities, with the gateway's own added."""

from pathlib import Path


def where() -> str:
    return str(Path(__file__).with_name("cacert.pem"))


def contents() -> str:
    return Path(where()).read_text(encoding="ascii")
'''


def write_trust(folder: Path, *, authority: Path) -> Path:
    """The folder to put into PYTHONPATH; its certifi/cacert.pem is a bundle for everything else that takes one."""
    package = folder / "python" / "certifi"
    package.mkdir(parents=True, exist_ok=True)
    bundle = f"{certifi.contents().rstrip()}\n\n# Zoetrope gateway\n{authority.read_text()}"
    (package / "cacert.pem").write_text(bundle, encoding="ascii")
    (package / "__init__.py").write_text(_CERTIFI, encoding="ascii")
    (package / "core.py").write_text("from certifi import contents, where\n", encoding="ascii")
    return package.parent


def variables(*, proxy: str, authority: Path, python_path: Path) -> dict[str, str]:
    """The variables for Python, Node and curl alike. `proxy` is the address of the gateway's proxy."""
    bundle = str(python_path / "certifi" / "cacert.pem")
    proxies = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
    return {
        **dict.fromkeys(proxies, proxy),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), _NO_PROXY),
        **dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"), bundle),
        "PYTHONPATH": str(python_path),
        "NODE_EXTRA_CA_CERTS": str(authority),
        "NODE_USE_ENV_PROXY": "1",
    }


def exports(wanted: dict[str, str]) -> str:
    """Lines for a shell; what PYTHONPATH held before stays behind ours."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in wanted.items() if name != "PYTHONPATH"]
    path = shlex.quote(wanted["PYTHONPATH"])
    return "\n".join([*lines, f'export PYTHONPATH={path}"${{PYTHONPATH:+:$PYTHONPATH}}"'])


def fingerprint(chain: Path) -> str:
    """Base64 SHA-256 of the server's public key, as Chromium's --ignore-certificate-errors-spki-list takes it."""
    pem = chain.read_bytes()
    certificate = x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(public).digest()).decode()
