"""The secure port of demo mode: a certificate that can be switched to an expired one.

A certificate authority of the machine's own signs both; those who trust it, and nobody
else, can connect. An expired certificate is refused by clients before they send a
request, so the service itself counts nothing: only its clients see it.
"""

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from prometheus_client import CollectorRegistry, Gauge

from service.faults import Faults

AUTHORITY, GOOD, EXPIRED = "ca.pem", "good.pem", "expired.pem"
_DAY = timedelta(days=1)
_LIFE = 90 * _DAY


class CertificateError(ValueError):
    """A folder holds no certificates that can be used."""


@dataclass(frozen=True, slots=True)
class SecurePort:
    """Where clients connect over TLS.

    Attributes:
        port: On 127.0.0.1; 0 takes a free one.
        certificate: What they are shown.
    """

    port: int
    certificate: "Certificate"


class Certificate:
    """What clients are shown: a good certificate, or the expired one.

    Args:
        folder: Holds ``ca.pem``, ``good.pem`` and ``expired.pem``, each made where it
            is missing; only this user may read what is made.
        is_expired: Whether the fault strikes now.
        now: The time.

    Raises:
        CertificateError: If a file is there and is no certificate with its key.
    """

    def __init__(
        self,
        folder: Path,
        is_expired: Callable[[], bool],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        _make_missing(folder, now())
        self._folder = folder
        self._is_expired = is_expired
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        # A resumed session would skip the certificate: who connects sees today's.
        self.context.num_tickets = 0
        self.context.options |= ssl.OP_NO_TICKET
        self.switch()

    def switch(self, _faults: Faults | None = None) -> None:
        """Show what is to be shown now to all who connect from now on."""
        path = self._folder / (EXPIRED if self._is_expired() else GOOD)
        try:
            self.context.load_cert_chain(path)
            self._ends = _ends(path)
        except (OSError, ValueError, ssl.SSLError) as error:
            raise CertificateError(f"{path}: {error}") from error

    def measure(self, registry: CollectorRegistry) -> None:
        """Let a registry tell when what is shown ends."""
        gauge = Gauge(
            "tls_certificate_not_after_timestamp_seconds",
            "When the certificate ends that clients are shown, in Unix seconds.",
            registry=registry,
        )
        gauge.set_function(self._not_after_s)

    def _not_after_s(self) -> float:
        return self._ends.timestamp()


def _ends(path: Path) -> datetime:
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def _make_missing(folder: Path, now: datetime) -> None:
    """Make authority and certificates in a folder, unless they are all there."""
    if all((folder / name).exists() for name in (AUTHORITY, GOOD, EXPIRED)):
        return
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("To-do demo authority")
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = (
        _unsigned(name, name, key, (now - _LIFE, now + 2 * _LIFE))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    for file, valid in (
        (GOOD, (now - _DAY, now + _LIFE)),
        (EXPIRED, (now - _LIFE, now - _DAY)),
    ):
        own = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("localhost"), x509.IPAddress(_loopback())]
        leaf = (
            _unsigned(_name("localhost"), name, own, valid)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
            .add_extension(_usage(is_authority=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False
            )
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                    identifier
                ),
                critical=False,
            )
            .sign(key, hashes.SHA256())
        )
        _write(folder / file, leaf, own)
    # The last one: who waits for it finds the others there. Its key is forgotten.
    _write(folder / AUTHORITY, authority, None)


def _loopback() -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address("127.0.0.1")


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _unsigned(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    valid: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    begins, ends = valid
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(
    path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey | None
) -> None:
    text = certificate.public_bytes(serialization.Encoding.PEM)
    if key is not None:
        text += key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    path.touch(mode=0o600)
    path.write_bytes(text)
