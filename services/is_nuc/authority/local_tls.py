"""Certificates for TLS servers on people's own machines (ours: НУЦ's real signer brings its own certificate).

A browser connects to the desktop signer at wss://127.0.0.1. A browser that trusts the root of this НУЦ trusts this
connection and no other name: the certificate holds the names of the local machine only, whatever the request says.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.pki.certificates import profile
from shared.pki.certificates.keys import PublicKey

TERM = timedelta(days=365)  # browsers refuse certificates of servers that last longer than 398 days
NAMES = ("localhost",)
ADDRESSES = ("127.0.0.1", "::1")

_TOP_BIT = 1 << 159


def issue_local_tls(
    issuer_key: rsa.RSAPrivateKey, issuer: x509.Certificate, public_key: PublicKey, now: datetime
) -> x509.Certificate:
    """A certificate for localhost, 127.0.0.1 and ::1, for a year from `now` (an aware moment), no longer than the
    issuer's own. Serial number and key identifier follow НУЦ's habit (see `shared.pki.certificates.authority`).
    """
    key_id = x509.SubjectKeyIdentifier.from_public_key(public_key)
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in NAMES]
    names += [x509.IPAddress(ip_address(address)) for address in ADDRESSES]
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(profile.authority_subject(NAMES[0]))
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
