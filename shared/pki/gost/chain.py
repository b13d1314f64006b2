"""The chain from a GOST certificate to a trusted root, and whether the chain is valid at a given moment.

`cryptography` parses GOST certificates and cannot verify them, so this module implements RFC 5280, 6.1, for chains
of НУЦ's length: owner, issuing centre, root. Every certificate of the chain must have a GOST key, be within its
term, and have no critical extension that this module does not check; an authority must be an authority by
basicConstraints, keyUsage and path length. Only the anchors can be issuers, so a check verifies at most two
signatures (13 ms each), and the signature between two authorities is cached.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import Malformed, Untrusted
from shared.pki.encoding.certificate import read_parts
from shared.pki.encoding.der import UNREADABLE
from shared.pki.gost.keys import is_gost, public_key
from shared.pki.gost.suites import MAX_BYTES, MAX_SIGNED

LONGEST = 3

_UNDERSTOOD = (x509.KeyUsage, x509.BasicConstraints, x509.ExtendedKeyUsage)

Chain = tuple[x509.Certificate, ...]
Kind = TypeVar("Kind", bound=x509.ExtensionType)


def build_path(
    certificate: x509.Certificate,
    roots: Sequence[x509.Certificate],
    intermediates: Sequence[x509.Certificate],
    at: datetime,
) -> Chain:
    """The chain from the certificate to one of `roots`, when every link is valid at `at`.

    Raises Untrusted: eds-chain when there is no chain, eds-algorithm when the owner's key is not on НУЦ's curve,
    eds-algorithm-gost34310 when a key or signature in the chain is of GOST 34.310-2004.
    """
    public_key(certificate)
    try:
        chain = _extend_chain((certificate,), roots, intermediates, at) if _is_owner(certificate, at) else None
    except UNREADABLE:
        chain = None
    if chain is None:
        # The error gives no details: they would quote the subject, which holds the ИИН.
        raise Untrusted("eds-chain", "no chain leads from the certificate to a trusted root")
    return chain


def is_signed_by(signed: x509.Certificate | x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether the GOST key of `issuer` signed this certificate or list; checks only the signature. Takes 13 ms."""
    key, is_list = public_key(issuer), isinstance(signed, x509.CertificateRevocationList)
    body = (
        signed.tbs_certlist_bytes if isinstance(signed, x509.CertificateRevocationList) else _signed_body(signed)
    )
    if body is None or signed.signature_algorithm_oid.dotted_string != key.suite.signature:
        return False
    try:
        key.verify(signed.signature, body, limit=MAX_BYTES if is_list else MAX_SIGNED)
    except (InvalidSignature, Malformed):
        return False
    return True


def _extend_chain(
    chain: Chain, roots: Sequence[x509.Certificate], intermediates: Sequence[x509.Certificate], at: datetime
) -> Chain | None:
    """The chain continued to a root: the issuer is the first candidate that may issue and whose key signed."""
    last = chain[-1]
    is_proved = is_signed_by if len(chain) == 1 else _is_authority_signed_by
    for candidate in (*roots, *intermediates):
        if candidate in chain or not _may_issue(candidate, chain, at) or not is_proved(last, candidate):
            continue
        longer = (*chain, candidate)
        if candidate in roots:
            return longer
        return _extend_chain(longer, roots, intermediates, at) if len(longer) < LONGEST else None
    return None


def _signed_body(certificate: x509.Certificate) -> bytes | None:
    """The signed body of a certificate; None when body and envelope name different algorithms (RFC 5280,
    4.1.1.2).
    """
    parts = read_parts(certificate.public_bytes(Encoding.DER))
    return certificate.tbs_certificate_bytes if parts.has_one_algorithm else None


@lru_cache(maxsize=16)
def _is_authority_signed_by(authority: x509.Certificate, issuer: x509.Certificate) -> bool:
    """`is_signed_by` with a cache, for our own anchors: they are few and do not change."""
    return is_signed_by(authority, issuer)


def _is_owner(certificate: x509.Certificate, at: datetime) -> bool:
    constraints = _find_extension(certificate, x509.BasicConstraints)
    is_authority = constraints is not None and constraints.ca
    has_usage = _find_extension(certificate, x509.KeyUsage) is not None
    return has_usage and not is_authority and _is_in_force(certificate, at)


def _may_issue(candidate: x509.Certificate, chain: Chain, at: datetime) -> bool:
    """Whether `candidate` may have issued the last certificate of `chain`, the signature apart."""
    last = chain[-1]
    if candidate.subject != last.issuer or not is_gost(candidate) or not _is_key_named(candidate, last):
        return False
    constraints, usage = (
        _find_extension(candidate, x509.BasicConstraints),
        _find_extension(candidate, x509.KeyUsage),
    )
    if constraints is None or not constraints.ca or usage is None or not usage.key_cert_sign:
        return False
    limit = constraints.path_length
    return (limit is None or limit >= len(chain) - 1) and _is_in_force(candidate, at)


def _is_key_named(candidate: x509.Certificate, issued: x509.Certificate) -> bool:
    authority_key, own = (
        _find_extension(issued, x509.AuthorityKeyIdentifier),
        _find_extension(candidate, x509.SubjectKeyIdentifier),
    )
    return authority_key is None or own is None or authority_key.key_identifier in (None, own.digest)


def _is_in_force(certificate: x509.Certificate, at: datetime) -> bool:
    is_in_term = certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
    return is_in_term and all(
        isinstance(extension.value, _UNDERSTOOD) for extension in certificate.extensions if extension.critical
    )


def _find_extension(certificate: x509.Certificate, kind: type[Kind]) -> Kind | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
