"""A private certificate authority, made once, that can vouch for the cloud's domains only, and its certificate."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.utils import timezone

_LIFE = timedelta(days=3650)
_CERTIFICATE_LIFE = timedelta(days=90)  # a new one is made at each start


@dataclass(frozen=True, slots=True)
class Authority:
    """Two files below one folder.

    `certificate` is the authority's own, to be trusted by clients. `chain` is the server's certificate with its key.
    """

    certificate: Path
    chain: Path


def authority(folder: Path, *, domains: Sequence[str], names: Sequence[str]) -> Authority:
    """Make the authority if it isn't there, and a fresh certificate for `names`. The keys are readable by us alone, and
    stay: a browser is told to trust the server's by its fingerprint.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_path, certificate_path, chain_path = folder / "ca.key", folder / "ca.pem", folder / "server.pem"
    if not (key_path.exists() and certificate_path.exists()):
        key = ec.generate_private_key(ec.SECP256R1())
        _write(key_path, _pem(key))
        _write(certificate_path, _root(key, domains).public_bytes(serialization.Encoding.PEM), mode=0o644)
    key = _load_key(key_path)
    root = x509.load_pem_x509_certificate(certificate_path.read_bytes())
    own = _load_key(chain_path) if chain_path.exists() else ec.generate_private_key(ec.SECP256R1())
    leaf = _leaf(own, names=names, issuer=root, issuer_key=key)
    _write(chain_path, _pem(own) + leaf.public_bytes(serialization.Encoding.PEM))
    return Authority(certificate=certificate_path, chain=chain_path)


def _root(key: ec.EllipticCurvePrivateKey, domains: Sequence[str]) -> x509.Certificate:
    """Name constraints make it worthless for any other domain, should its key ever get lost."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Zoetrope gateway (this machine)")])
    permitted = [x509.DNSName(domain) for domain in domains]
    return (
        _builder(key, subject=name, issuer=name, life=_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    key: ec.EllipticCurvePrivateKey,
    *,
    names: Sequence[str],
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Zoetrope gateway")])
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    public = issuer_key.public_key()
    return (
        _builder(key, subject=subject, issuer=issuer.subject, life=_CERTIFICATE_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(alternative, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _builder(
    key: ec.EllipticCurvePrivateKey, *, subject: x509.Name, issuer: x509.Name, life: timedelta
) -> x509.CertificateBuilder:
    now = timezone.now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + life)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} is not a key that this program made. Delete its folder to make a new authority.")
    return key


def _write(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Whole or not at all, and never readable by others in between."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.replace(temporary, path)
