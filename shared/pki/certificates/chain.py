"""The chain from a certificate to a trusted anchor, and whether the chain is valid at a given moment.

`cryptography.x509.verification` builds and judges the path: signatures, names, terms, basicConstraints, keyUsage
and key identifiers of the authorities, path length, unknown critical extensions. НУЦ's profile fits once the
library's rules for web servers are removed from the last certificate: НУЦ writes no subjectAltName into
certificates of people and has extended key usages of its own (`profile.serves_purpose` judges these). Two rules
are ours: an authority's certificate cannot be a signer's, and a weak key is refused in the last certificate too,
where the library checks the keys of authorities only.

Revocation is judged by `verification.check`. The library does not know GOST: chains with GOST keys are judged by
`gost.path`, from end to end.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from shared.bus.errors import Untrusted
from shared.pki import gost
from shared.pki.certificates.keys import strong_key
from shared.pki.encoding.der import UNREADABLE

Chain = tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class TrustAnchors:
    """The trusted roots, and the intermediate authorities."""

    roots: Chain
    intermediates: Chain = ()

    @cached_property
    def root_store(self) -> Store:
        """The roots in the form that the library's verifier takes."""
        return Store(list(self.roots))


@dataclass(frozen=True)
class _VerifiedChain:
    anchors: TrustAnchors
    chain: Chain
    begin: datetime
    end: datetime


class ChainCache:
    """A cache of proved chains, by certificate fingerprint, of at most `limit` chains.

    The cache changes only how long an answer takes: outside the common validity of the whole chain, and for other
    anchors, it gives nothing. Safe for threads.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._proved: OrderedDict[bytes, _VerifiedChain] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._proved)

    def find_chain(self, fingerprint: bytes, anchors: TrustAnchors, at: datetime) -> Chain | None:
        """The chain of the certificate with this fingerprint, if proved under these anchors and valid at `at`;
        else None.
        """
        with self._lock:
            proved = self._proved.get(fingerprint)
            if proved is None or proved.anchors is not anchors or not proved.begin <= at <= proved.end:
                return None
            self._proved.move_to_end(fingerprint)
            return proved.chain

    def store_chain(self, fingerprint: bytes, anchors: TrustAnchors, chain: Chain) -> None:
        """Store a proved chain; the least recently used chain is dropped when the cache is full."""
        begin = max(certificate.not_valid_before_utc for certificate in chain)
        end = min(certificate.not_valid_after_utc for certificate in chain)
        with self._lock:
            self._proved[fingerprint] = _VerifiedChain(anchors, chain, begin, end)
            self._proved.move_to_end(fingerprint)
            if len(self._proved) > self._limit:
                self._proved.popitem(last=False)


def verify_chain(
    certificate: x509.Certificate, anchors: TrustAnchors, at: datetime, *, cache: ChainCache | None = None
) -> Chain:
    """The chain from the certificate to its root, when every link is valid at the moment `at`.

    Raises Untrusted: eds-chain when no chain leads to a root (also when an authority is out of its term),
    eds-algorithm when the certificate's own key is weak, eds-not-yet-valid or eds-expired when the chain is right
    and the certificate's own term is not. An untrusted certificate is eds-chain, whatever its term.
    """
    if cache is None:
        return _verify_uncached(certificate, anchors, at)
    fingerprint = certificate.fingerprint(hashes.SHA256())
    chain = cache.find_chain(fingerprint, anchors, at)
    if chain is None:
        chain = _verify_uncached(certificate, anchors, at)
        cache.store_chain(fingerprint, anchors, chain)
    return chain


def _verify_uncached(certificate: x509.Certificate, anchors: TrustAnchors, at: datetime) -> Chain:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    within = min(max(at, begin), end)
    if gost.is_gost(certificate):
        chain = gost.build_path(certificate, anchors.roots, anchors.intermediates, within)
    else:
        chain = _build_path(certificate, anchors, within)
        strong_key(certificate)
    if at < begin:
        raise Untrusted("eds-not-yet-valid", "the certificate is not valid yet", valid_from=begin.isoformat())
    if at > end:
        raise Untrusted("eds-expired", "the certificate has expired", valid_until=end.isoformat())
    return chain


def _build_path(certificate: x509.Certificate, anchors: TrustAnchors, at: datetime) -> Chain:
    try:
        builder = PolicyBuilder().store(anchors.root_store).time(at.astimezone(UTC))
        builder = builder.extension_policies(ca_policy=_authority_policy(), ee_policy=_owner_policy())
        verified = builder.build_client_verifier().verify(certificate, list(anchors.intermediates))
    except (VerificationError, *UNREADABLE):
        # The reason is dropped: it quotes the subject, which holds the ИИН.
        raise Untrusted("eds-chain", "no chain leads from the certificate to a trusted root") from None
    return tuple(verified.chain)


@lru_cache(maxsize=1)
def _authority_policy() -> ExtensionPolicy:
    return ExtensionPolicy.webpki_defaults_ca()


@lru_cache(maxsize=1)
def _owner_policy() -> ExtensionPolicy:
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.KeyUsage, Criticality.AGNOSTIC, None)
        .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _refuse_authority)
    )


def _refuse_authority(
    policy: Policy, certificate: x509.Certificate, constraints: x509.BasicConstraints | None
) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("an authority is not a signer")
