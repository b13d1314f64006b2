"""A certification centre of the kit's own, the keys of both sides, and those of a stranger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.bus.errors import Untrusted
from shared.bus.messages.trust import SystemIdentity
from shared.pki.certificates import authority, keys, profile
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.keys import PrivateKey, certificate_thumbprint
from shared.pki.certificates.profile import CertificateKind

GATEWAY = "shep_gateway"
KIT_BIN = "050340000128"


@dataclass(frozen=True)
class KeyPair:
    """A private key with its certificate."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate

    @property
    def thumbprint(self) -> str:
        return certificate_thumbprint(self.certificate)


@dataclass(frozen=True)
class KitCentre:
    """A root and an issuing authority, in the form of НУЦ's."""

    root: x509.Certificate
    issuing_key: rsa.RSAPrivateKey = field(repr=False)
    issuing: x509.Certificate

    @classmethod
    def make(cls, now: datetime) -> KitCentre:
        """New authorities; takes some tenths of a second."""
        begin = now - authority.AGE_AT_FOUNDING
        root_key, issuing_key = keys.new_rsa_key(), keys.new_rsa_key()
        root = authority.make_root(root_key, begin)
        return cls(root, issuing_key, authority.make_issuing(root_key, root, issuing_key, begin))

    @property
    def anchors(self) -> TrustAnchors:
        return TrustAnchors((self.root,), (self.issuing,))

    def certify(
        self, key: PrivateKey, kind: CertificateKind, subject: x509.Name, now: datetime, **options: Any
    ) -> KeyPair:
        """A certificate of this kind."""
        certificate = authority.issue_certificate(
            self.issuing_key, self.issuing, key.public_key(), subject, kind, now, **options
        )
        return KeyPair(key, certificate)

    def certify_system(self, address: str, key: PrivateKey, now: datetime, **options: Any) -> KeyPair:
        """The certificate of a system of the bus."""
        subject = profile.system_subject("2.999", address, organisation="egov-bus", bin_=KIT_BIN)
        uri = profile.system_uri(address)
        return self.certify(key, CertificateKind.SYSTEM, subject, now, san_uri=uri, **options)

    def is_issuer_of(self, certificate: x509.Certificate) -> bool:
        """Whether this authority signed the certificate."""
        try:
            certificate.verify_directly_issued_by(self.issuing)
        except (ValueError, TypeError):
            return False
        except Exception:  # InvalidSignature, and what a strange key may raise
            return False
        return True


@dataclass
class KitKeys:
    """The keys of a run. ``participant`` is the participant's; the kit makes it and gives it away as files.

    ``stranger`` is a system that another centre certified, under ШЭП's address; ``expired`` a certificate of ШЭП's
    whose term is over.
    """

    address: str
    centre: KitCentre
    gateway: KeyPair
    participant: KeyPair
    stranger: KeyPair
    expired: KeyPair
    token: str
    people: dict[str, KeyPair] = field(default_factory=dict)
    """Citizens and employees whom the kit certified in this run, by name of the script."""

    @property
    def identity(self) -> SystemIdentity:
        """ШЭП as it signs messages."""
        return SystemIdentity(GATEWAY, self.gateway.key, self.gateway.thumbprint)

    def find_certificate(self, thumbprint: str) -> x509.Certificate:
        """A certificate that the centre of the kit issued; Untrusted ``sender-unknown``."""
        for pair in (self.participant, self.gateway, *self.people.values()):
            if pair.thumbprint == thumbprint:
                return pair.certificate
        raise Untrusted("sender-unknown", "the kit issued no certificate with this thumbprint")

    def is_participants(self, certificate: x509.Certificate) -> bool:
        """Whether a certificate is the one of the participant."""
        return certificate == self.participant.certificate


def make_keys(address: str, now: datetime, token: str, *, centre: KitCentre | None = None) -> KitKeys:
    """The keys of a run; with ``centre`` its authorities are taken, and no new ones made."""
    own = centre or KitCentre.make(now)
    other = KitCentre.make(now)
    long_ago = now - timedelta(days=400)
    return KitKeys(
        address=address,
        centre=own,
        gateway=own.certify_system(GATEWAY, keys.new_rsa_key(), now),
        participant=own.certify_system(address, keys.new_rsa_key(), now),
        stranger=other.certify_system(GATEWAY, keys.new_rsa_key(), now),
        expired=own.certify_system(
            GATEWAY, keys.new_rsa_key(), now, not_before=long_ago, not_after=now - timedelta(days=30)
        ),
        token=token,
    )
