"""The members of an evidence bundle, and its composition: everything but the seals, then the seals.

::

    case.json                              the case, the moment, who made the bundle
    messages/<n>.json .jws .hop.jws        the bytes of a message, its sender's signature, its forwarder's
    exchanges/<id>.json                    a call at a door of ШЭП, or from ШЭП to a participant
    exchanges/<id>.request.bin .answer.bin its bytes, as they came and went
    disturbances.json                      in a sandbox: what rules of faults did to the case, if anything
    journal/<n>.entry                      the journal entry, in the bytes that its hash covers
    journal/segments/<first>-<last>.txt    digests of all entries between, up to a time-stamped head
    journal/stamps/<last>.tst              the time-stamp over that head's hash
    certificates/root.pem issuing.pem      НУЦ
    certificates/systems/<x5t>.pem         the systems that signed, by thumbprint (x5t#S256)
    revocation/issuing.crl delta.crl …     НУЦ's lists, and its OCSP answers by thumbprint
    META-INF/ASiCManifest001.xml           digests of all these, signed by ШЭП in signature001.p7s (CAdES-T)
    META-INF/ASiCManifest002.xml           digests of manifest and signature, time-stamped in timestamp001.tst

``<n>`` is the number of the journal entry, of eight digits or more. The last time-stamp covers the bytes of the
signature, because parts of a CMS (its unsigned attributes, its certificates) are not covered by the signature.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.evidence import manifest as asic
from shared.evidence.container import write_container
from shared.evidence.journal_chain import JournalSegment, write_segment
from shared.evidence.manifest import AsicManifest
from shared.pki.certificates.keys import PrivateKey, certificate_thumbprint
from shared.pki.cms import cades, signed_data

FORMAT = "egov-bus-evidence/1"
CASE_FILE, ROOT_FILE, ISSUING_FILE = "case.json", "certificates/root.pem", "certificates/issuing.pem"
SYSTEMS_FOLDER, MESSAGES_FOLDER, ENTRIES_FOLDER = "certificates/systems/", "messages/", "journal/"
SEGMENTS_FOLDER, STAMPS_FOLDER, REVOCATION_FOLDER = "journal/segments/", "journal/stamps/", "revocation/"
EXCHANGES_FOLDER = "exchanges/"
DISTURBANCES_FILE = "disturbances.json"
CRL_FILE, DELTA_FILE, ROOT_CRL_FILE = (f"{REVOCATION_FOLDER}{name}.crl" for name in ("issuing", "delta", "root"))
MANIFEST_FILE, SEAL_FILE = "META-INF/ASiCManifest001.xml", "META-INF/ASiCManifest002.xml"
SIGNATURE_FILE, TIME_STAMP_FILE = "META-INF/signature001.p7s", "META-INF/timestamp001.tst"
SEALS = (MANIFEST_FILE, SIGNATURE_FILE, SEAL_FILE, TIME_STAMP_FILE)

_PAPERS = {"README.md": "bundle_readme.md", "verify.sh": "verify.sh"}

AskToken = Callable[[bytes], bytes]
"""Asks the time-stamping service for a token (DER) over these bytes."""


@dataclass(frozen=True)
class CaseEntry:
    """A journal entry of the case; ``body``, ``signature`` and ``hop`` are those of its message, where the journal
    has them.
    """

    n: int
    entry: bytes
    body: bytes | None = field(default=None, repr=False)
    signature: str | None = None
    hop: str | None = None


@dataclass(frozen=True)
class CaseExchange:
    """A call at a door, or from ШЭП to a participant, in which a message of the case came or went.

    ``description`` is JSON. ШЭП's signature over the bundle alone proves an exchange: no journal chains it.
    """

    id: str
    description: bytes
    request: bytes = field(repr=False)
    answer: bytes = field(repr=False)


@dataclass(frozen=True)
class StampedSegment:
    """A segment of the journal, and the time-stamp token (DER) over the hash of its last entry."""

    segment: JournalSegment
    token: bytes = field(repr=False)


@dataclass(frozen=True)
class BundleMaterial:
    """What a bundle consists of; ``revocation`` holds lists and OCSP answers by the names of their members."""

    case_id: str
    made_at: datetime
    entries: tuple[CaseEntry, ...]
    segments: tuple[StampedSegment, ...]
    root: x509.Certificate
    issuing: x509.Certificate
    systems: tuple[x509.Certificate, ...]
    revocation: Mapping[str, bytes]
    exchanges: tuple[CaseExchange, ...] = ()
    disturbances: bytes | None = None


@dataclass(frozen=True)
class BundleSigner:
    """The key and the certificate with which ШЭП signs a bundle, and the time-stamping service."""

    key: PrivateKey
    certificate: x509.Certificate
    ask_token: AskToken


def number_name(n: int) -> str:
    """The number of a journal entry in the names of members."""
    return f"{n:08d}"


def compose_bundle(material: BundleMaterial, signer: BundleSigner) -> bytes:
    """The container: members, manifest, signature and time-stamps. Raises as ``signer.ask_token`` does."""
    members = _write_members(material)
    manifest = make_manifest(members, SIGNATURE_FILE)
    signature = signed_data.sign(
        manifest,
        signer.key,
        signer.certificate,
        chain=(material.issuing,),
        at=material.made_at,
        detached=True,
    )
    signature = cades.extend_cms(signature, token=signer.ask_token(cades.signature_value(signature)))
    sealed = {MANIFEST_FILE: manifest, SIGNATURE_FILE: signature}
    seal = make_manifest(sealed, TIME_STAMP_FILE)
    return write_container({**members, **sealed, SEAL_FILE: seal, TIME_STAMP_FILE: signer.ask_token(seal)})


def make_manifest(members: Mapping[str, bytes], signature: str) -> bytes:
    """The manifest of these members, for the signature or time-stamp of this name."""
    digests = {name: asic.member_digest(content) for name, content in members.items()}
    return asic.write_manifest(AsicManifest(signature, digests))


def _write_members(material: BundleMaterial) -> dict[str, bytes]:
    case = {
        "format": FORMAT,
        "case_id": material.case_id,
        "made_at": material.made_at.isoformat(),
        "entries": [entry.n for entry in material.entries],
    }
    members = {name: (Path(__file__).parent / file).read_bytes() for name, file in _PAPERS.items()}
    members[CASE_FILE] = (json.dumps(case, indent=1) + "\n").encode()
    for entry in material.entries:
        members |= _entry_members(entry)
    for exchange in material.exchanges:
        name = f"{EXCHANGES_FOLDER}{exchange.id}"
        members[f"{name}.json"] = exchange.description
        members[f"{name}.request.bin"], members[f"{name}.answer.bin"] = exchange.request, exchange.answer
    if material.disturbances is not None:
        members[DISTURBANCES_FILE] = material.disturbances
    for stamped in material.segments:
        first, last = number_name(stamped.segment.first), number_name(stamped.segment.last)
        members[f"{SEGMENTS_FOLDER}{first}-{last}.txt"] = write_segment(stamped.segment)
        members[f"{STAMPS_FOLDER}{last}.tst"] = stamped.token
    members[ROOT_FILE] = material.root.public_bytes(Encoding.PEM)
    members[ISSUING_FILE] = material.issuing.public_bytes(Encoding.PEM)
    for system in material.systems:
        members[f"{SYSTEMS_FOLDER}{certificate_thumbprint(system)}.pem"] = system.public_bytes(Encoding.PEM)
    return members | dict(material.revocation)


def _entry_members(entry: CaseEntry) -> dict[str, bytes]:
    name = number_name(entry.n)
    members = {f"{ENTRIES_FOLDER}{name}.entry": entry.entry}
    if entry.body is None or entry.signature is None:
        return members
    members |= {
        f"{MESSAGES_FOLDER}{name}.json": entry.body,
        f"{MESSAGES_FOLDER}{name}.jws": entry.signature.encode(),
    }
    if entry.hop is not None:
        members[f"{MESSAGES_FOLDER}{name}.hop.jws"] = entry.hop.encode()
    return members
