"""Certificates for TLS servers (ours: НУЦ's profiles know none)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.pki.certificates import profile
from shared.pki.certificates.keys import PublicKey

TERM = timedelta(days=365)  # browsers refuse certificates of servers that last longer than 398 days

_TOP_BIT = 1 << 159


def issue_server_certificate(
    issuer_key: rsa.RSAPrivateKey,
    issuer: x509.Certificate,
    public_key: PublicKey,
    hosts: Iterable[str],
    now: datetime,
) -> x509.Certificate:
    """A certificate for these hosts (names and IP addresses; the first is the subject's name).

    Valid for a year from `now` (an aware moment), no longer than the issuer's own. Serial number and key
    identifier follow НУЦ's habit (see `shared.pki.certificates.authority`). ValueError for a host that is no ASCII
    name.
    """
    names = [_general_name(host) for host in hosts]
    key_id = x509.SubjectKeyIdentifier.from_public_key(public_key)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(profile.authority_subject(str(names[0].value)))
        .issuer_name(issuer.subject)
        .public_key(public_key)
        .serial_number(int.from_bytes(key_id.digest, "big") & ~_TOP_BIT)
        .not_valid_before(now)
        .not_valid_after(min(now + TERM, issuer.not_valid_after_utc))
        .add_extension(key_id, critical=False)
        .add_extension(issuer_id, critical=False)
        .add_extension(profile.USAGE_AUTH, critical=True)
        .add_extension(usage, critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
