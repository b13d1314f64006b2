"""The seals of an evidence bundle: container, manifests, time-stamps, ШЭП's signature, and trust in certificates.

Nothing is asked of any service. Every function raises BundleFault at the first fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography import x509

from shared.bus.errors import BusError
from shared.contracts.addresses import GATEWAY
from shared.evidence import case_bundle as names
from shared.evidence.container import read_container
from shared.evidence.manifest import AsicManifest, read_manifest
from shared.evidence.sealed_token import open_sealed_token
from shared.pki.certificates.chain import ChainCache, TrustAnchors, verify_chain
from shared.pki.certificates.crl import CrlView, DeltaView
from shared.pki.certificates.keys import certificate_thumbprint
from shared.pki.certificates.ocsp import OcspAnswer, read_answer
from shared.pki.cms import cades, signed_data
from shared.pki.cms.tsp import TimeStamp, check_stamp_status
from shared.pki.encoding.der import UNREADABLE
from shared.pki.verification.check import certificate_system


class BundleFault(Exception):
    """A check fails: ``where`` names the member, ``why`` is a word or the code of an error."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


@dataclass(frozen=True)
class SealedBundle:
    """The members of a bundle whose seals hold; ``stamp`` is the last time-stamp over all of them."""

    members: Mapping[str, bytes] = field(repr=False)
    anchors: TrustAnchors
    stamp: TimeStamp
    cache: ChainCache = field(default_factory=ChainCache, repr=False)

    @cached_property
    def case(self) -> dict[str, Any]:
        """The content of ``case.json``; BundleFault for another format."""
        with name_faults(names.CASE_FILE):
            case = json.loads(self.members[names.CASE_FILE])
            if case["format"] != names.FORMAT or not isinstance(case["case_id"], str):
                raise ValueError("another format")
            return dict(case)

    @cached_property
    def revocations(self) -> CrlView | None:
        """НУЦ's list in the bundle with its delta; None for a bundle without a list."""
        if names.CRL_FILE not in self.members:
            return None
        issuing = self.anchors.intermediates[0]
        with name_faults(names.CRL_FILE):
            full = CrlView.load(self.members[names.CRL_FILE], issuing)
            if names.DELTA_FILE not in self.members:
                return full
            return full.apply_delta(DeltaView.load(self.members[names.DELTA_FILE], issuing))

    @cached_property
    def ocsp_answers(self) -> dict[str, OcspAnswer]:
        """The proved OCSP answers in the bundle by the thumbprints of the certificates; BundleFault."""
        answers: dict[str, OcspAnswer] = {}
        for name in self.list_names(names.REVOCATION_FOLDER, ".ocsp"):
            with name_faults(name):
                thumbprint = name.removeprefix(names.REVOCATION_FOLDER).removesuffix(".ocsp")
                certificate = self.read_system(thumbprint)
                answers[thumbprint] = read_answer(
                    self.members[name], certificate, self.anchors.intermediates[0], at=self.stamp.moment
                )
        return answers

    def read_system(self, thumbprint: str) -> x509.Certificate:
        """The certificate of this thumbprint in the bundle, not judged yet. Raises KeyError, ValueError."""
        certificate = x509.load_pem_x509_certificate(self.members[f"{names.SYSTEMS_FOLDER}{thumbprint}.pem"])
        if certificate_thumbprint(certificate) != thumbprint:
            raise ValueError("another certificate")
        return certificate

    def list_names(self, folder: str, ending: str) -> list[str]:
        """The members of a folder with this ending, in order."""
        return sorted(
            name
            for name in self.members
            if name.startswith(folder) and name.endswith(ending) and "/" not in name[len(folder) :]
        )

    def open_stamp(self, name: str, data: bytes) -> TimeStamp:
        """The time-stamp in a member, verified to cover ``data``; BundleFault."""
        with name_faults(name):
            return open_sealed_token(self.members[name], data, self.anchors, self.cache)

    def trusted_system(self, thumbprint: str, at: datetime) -> tuple[x509.Certificate, str]:
        """The certificate of a system in the bundle and the system's address; BundleFault unless the certificate
        leads to the root, was in its term at ``at`` and was not revoked by then.
        """
        name = f"{names.SYSTEMS_FOLDER}{thumbprint}.pem"
        with name_faults(name):
            certificate = self.read_system(thumbprint)
            return certificate, self.check_system(certificate, at)

    def check_system(self, certificate: x509.Certificate, at: datetime) -> str:
        """The address in a certificate that leads to the root, was in its term at ``at`` and was not revoked then.
        Raises BusError, ValueError.
        """
        verify_chain(certificate, self.anchors, at, cache=self.cache)
        answer = self.ocsp_answers.get(certificate_thumbprint(certificate))
        listed = self.revocations and self.revocations.find_revocation(certificate.serial_number)
        for revocation in (listed, answer and answer.revocation):
            if revocation and revocation.when <= at:
                raise ValueError("revoked")
        address = certificate_system(certificate)
        if address is None:
            raise ValueError("not a system")
        return address


@contextmanager
def name_faults(where: str) -> Iterator[None]:
    """Turn every error of reading and proving a member into BundleFault with this name."""
    try:
        yield
    except BundleFault:
        raise
    except BusError as error:
        raise BundleFault(where, str(error.details.get("why", error.code))) from None
    except KeyError:
        raise BundleFault(where, "absent") from None
    except UNREADABLE as error:
        raise BundleFault(where, str(error) or "unreadable") from None


def open_container(content: bytes) -> dict[str, bytes]:
    """The members by name; BundleFault unless every byte of the container is as its only form demands."""
    with name_faults("bundle"):
        return read_container(content)


def read_anchors(
    members: Mapping[str, bytes], root: x509.Certificate | None, issuing: x509.Certificate | None
) -> TrustAnchors:
    """The given certificates as anchors, in place of those in the bundle."""
    inside: list[x509.Certificate] = []
    for name, trusted in ((names.ROOT_FILE, root), (names.ISSUING_FILE, issuing)):
        with name_faults(name):
            inside.append(trusted or x509.load_pem_x509_certificate(members[name]))
    return TrustAnchors((inside[0],), (inside[1],))


def open_seal(
    members: Mapping[str, bytes], anchors: TrustAnchors, cache: ChainCache
) -> tuple[AsicManifest, TimeStamp]:
    """The outer manifest, and the verified time-stamp over it."""
    with name_faults(names.TIME_STAMP_FILE):
        token = members[names.TIME_STAMP_FILE]
        stamp = open_sealed_token(token, members[names.SEAL_FILE], anchors, cache)
    with name_faults(names.SEAL_FILE):
        seal = read_manifest(members[names.SEAL_FILE])
        if seal.signature != names.TIME_STAMP_FILE or set(seal.digests) != {
            names.MANIFEST_FILE,
            names.SIGNATURE_FILE,
        }:
            raise ValueError("of other members")
        return seal, stamp


def check_member(listing: AsicManifest, members: Mapping[str, bytes], name: str) -> None:
    """BundleFault unless a manifest lists this member with the content that the bundle has."""
    if name not in members:
        raise BundleFault(name, "absent")
    if not listing.lists_content(name, members[name]):
        raise BundleFault(name, "digest")


def open_manifest(seal: AsicManifest, members: Mapping[str, bytes]) -> AsicManifest:
    """The inner manifest, once the outer one covers manifest and signature; it lists all members but the seals."""
    for name in seal.digests:
        check_member(seal, members, name)
    with name_faults(names.MANIFEST_FILE):
        manifest = read_manifest(members[names.MANIFEST_FILE])
        if manifest.signature != names.SIGNATURE_FILE:
            raise ValueError("of another signature")
    for name in sorted(members.keys() - set(names.SEALS) | manifest.digests.keys()):
        check_member(manifest, members, name)
    return manifest


def check_signature(bundle: SealedBundle) -> None:
    """ШЭП signed the manifest (CAdES-T), and its certificate was good at the signature's time-stamp."""
    with name_faults(names.SIGNATURE_FILE):
        signed = signed_data.open_signed(
            bundle.members[names.SIGNATURE_FILE], content=bundle.members[names.MANIFEST_FILE]
        )
        token = cades.read_time_stamp(signed)
        if token is None or not signed.names_certificate:
            raise ValueError("not a CAdES-T")
        stamp = open_sealed_token(token, signed.signature, bundle.anchors, bundle.cache)
        if bundle.check_system(signed.certificate, stamp.moment) != GATEWAY:
            raise ValueError("signed by another system")


def check_revocation(bundle: SealedBundle) -> None:
    """НУЦ's list is in the bundle, was in force at the bundle's moment, and tells of no time-stamping service that
    was revoked before.
    """
    listed = bundle.revocations
    if listed is None:
        raise BundleFault(names.CRL_FILE, "absent")
    with name_faults(names.CRL_FILE):
        check_stamp_status(bundle.stamp, listed, bundle.stamp.moment)
