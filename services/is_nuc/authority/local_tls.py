"""Certificates for TLS servers on people's own machines (ours: НУЦ's real signer brings its own certificate).

A browser connects to the desktop signer at wss://127.0.0.1. A browser that trusts the root of this НУЦ trusts this
connection and no other name: the certificate holds the names of the local machine only, whatever the request says.
"""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.pki.certificates.keys import PublicKey
from shared.pki.certificates.server import issue_server_certificate

HOSTS = ("localhost", "127.0.0.1", "::1")


def issue_local_tls(
    issuer_key: rsa.RSAPrivateKey, issuer: x509.Certificate, public_key: PublicKey, now: datetime
) -> x509.Certificate:
    """A certificate for localhost, 127.0.0.1 and ::1, for a year from `now` (an aware moment)."""
    return issue_server_certificate(issuer_key, issuer, public_key, HOSTS, now)
