"""Containers with a key and its certificate: PKCS #12, or PEM under the same password."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import chain
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES, serialize_key_and_certificates

from services.is_nuc.authority.certificate_issuing import IssuedCertificate
from shared.bus.errors import NotFound, Refused
from shared.contracts.population import SyntheticPerson, make_population, odd_people
from shared.pki.certificates.keys import PrivateKey

KDF_ROUNDS = 20_000


class ContainerFormat(StrEnum):
    """The file format of key, certificate and chain."""

    PKCS12 = "pkcs12"
    PEM = "pem"


class PopulationIndex:
    """The synthetic population by ИИН, built on first use."""

    def __init__(self, seed: int, size: int) -> None:
        self._seed = seed
        self._size = size
        self._people: Mapping[str, SyntheticPerson] | None = None
        self._lock = Lock()

    def find_person(self, iin: str) -> SyntheticPerson:
        """The living person with this ИИН; NotFound ``person-unknown``, Refused ``person-deceased``."""
        with self._lock:
            if self._people is None:
                people = chain(make_population(self._seed, self._size), odd_people())
                self._people = {resident.iin: resident for resident in people}
        person = self._people.get(iin)
        if person is None:
            raise NotFound("person-unknown", "no person of the synthetic population has this ИИН")
        if not person.is_alive:
            raise Refused("person-deceased", "the register says that this person has died")
        return person


def pack_container(
    container_format: ContainerFormat, key: PrivateKey, issued: IssuedCertificate, password: str
) -> bytes:
    """The key, its certificate and the chain up to the root; the key is encrypted under the password (AES-256,
    PBKDF2).

    The name of the key in a PKCS #12 is its subject key identifier in hexadecimal, as in НУЦ's own containers.
    """
    secret = password.encode()
    chain = (issued.issuing, issued.root)
    if container_format is ContainerFormat.PEM:
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret))
        return private + b"".join(link.public_bytes(Encoding.PEM) for link in (issued.certificate, *chain))
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(KDF_ROUNDS).hmac_hash(hashes.SHA256())
    encryption = builder.key_cert_algorithm(PBES.PBESv2SHA256AndAES256CBC).build(secret)
    return serialize_key_and_certificates(_compose_key_alias(issued), key, issued.certificate, chain, encryption)


def _compose_key_alias(issued: IssuedCertificate) -> bytes:
    key_id = issued.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return key_id.digest.hex().encode()
