"""The verification of an evidence bundle, offline: nothing is asked of any service.

The checks run in a fixed order and stop at the first fault: nothing inside is believed before the seals hold. The
certificates are judged by a root that the caller trusts; without one by the root in the bundle, which then proves
only that the bundle agrees with itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography import x509

from shared.bus.messages import jws
from shared.bus.messages.gate import body_digest, hop_payload
from shared.bus.messages.message import MessageInfo, read_header
from shared.contracts.addresses import GATEWAY
from shared.contracts.cases import asked_case_of
from shared.evidence import bundle_seals as seals
from shared.evidence import case_bundle as names
from shared.evidence.bundle_seals import BundleFault, SealedBundle, name_faults
from shared.evidence.journal_chain import entry_digest, read_segment
from shared.pki.certificates.chain import ChainCache
from shared.pki.certificates.keys import strong_key
from shared.pki.verification.verdict import ConditionMark


class BundleCheck(StrEnum):
    """The checks, in their order."""

    CONTAINER = "container"
    TIME_STAMP = "time-stamp"
    DIGESTS = "digests"
    SIGNATURE = "signature"
    JOURNAL = "journal"
    MESSAGES = "messages"
    REVOCATION = "revocation"


@dataclass(frozen=True)
class BundleVerdict:
    """The result of each check; ``fault`` is None for a bundle that holds."""

    marks: dict[BundleCheck, ConditionMark]
    fault: BundleFault | None = None
    case_id: str | None = None
    messages: int = 0
    stamped_at: datetime | None = None
    has_own_root: bool = False
    """Whether the root came out of the bundle itself: then nobody but the bundle vouches for НУЦ."""

    @property
    def is_valid(self) -> bool:
        return self.fault is None


@dataclass(frozen=True)
class _JournalEntry:
    """The parts of a journal entry that are compared with its message."""

    n: int
    at: datetime
    event: str
    sender: str | None
    message_id: str | None
    case_id: str | None
    digest: str | None
    signature: str | None
    hop: str | None


class _BundleReading:
    """One verification under way."""

    def __init__(self, content: bytes, root: x509.Certificate | None, issuing: x509.Certificate | None) -> None:
        self.content = content
        self.has_own_root = root is None
        self.messages = 0
        self._given = (root, issuing)
        self._entries: list[_JournalEntry] = []
        self._chains: set[str] = set()
        self._cache = ChainCache()

    def steps(self) -> dict[BundleCheck, Callable[[], None]]:
        """What each check does."""
        return {
            BundleCheck.CONTAINER: self._open_container,
            BundleCheck.TIME_STAMP: self._open_seal,
            BundleCheck.DIGESTS: self._open_manifest,
            BundleCheck.SIGNATURE: lambda: seals.check_signature(self.bundle),
            BundleCheck.JOURNAL: self._check_journal,
            BundleCheck.MESSAGES: self._check_messages,
            BundleCheck.REVOCATION: lambda: seals.check_revocation(self.bundle),
        }

    def _open_container(self) -> None:
        self._members = seals.open_container(self.content)

    def _open_seal(self) -> None:
        anchors = seals.read_anchors(self._members, *self._given)
        self._seal, stamp = seals.open_seal(self._members, anchors, self._cache)
        self.bundle = SealedBundle(self._members, anchors, stamp, self._cache)

    def _open_manifest(self) -> None:
        seals.open_manifest(self._seal, self._members)

    def _check_journal(self) -> None:
        """Every entry of the case stands in a segment whose last hash a time-stamp covers."""
        digests: dict[int, str] = {}
        for name in self.bundle.list_names(names.SEGMENTS_FOLDER, ".txt"):
            with name_faults(name):
                segment = read_segment(self._members[name])
            stamp = f"{names.STAMPS_FOLDER}{names.number_name(segment.last)}.tst"
            self.bundle.open_stamp(stamp, segment.head.encode())
            digests |= dict(enumerate(segment.digests, segment.first))
        for name in self.bundle.list_names(names.ENTRIES_FOLDER, ".entry"):
            with name_faults(name):
                entry = _read_entry(self._members[name])
                if name != f"{names.ENTRIES_FOLDER}{names.number_name(entry.n)}.entry":
                    raise ValueError("another number")
                if digests.get(entry.n) != entry_digest(self._members[name]):
                    raise ValueError("not in the chain")
            self._entries.append(entry)
        with name_faults(names.CASE_FILE):
            if self.bundle.case["entries"] != [entry.n for entry in self._entries]:
                raise ValueError("other entries")

    def _check_messages(self) -> None:
        """Every accepted entry has the message that it tells of, signed by its sender; no message has no entry."""
        present = set(self.bundle.list_names(names.MESSAGES_FOLDER, ".json"))
        for entry in self._entries:
            name = f"{names.MESSAGES_FOLDER}{names.number_name(entry.n)}.json"
            if entry.event != "ACCEPTED":
                continue
            with name_faults(name):
                self._check_message(entry, self._members[name])
            present.discard(name)
            self.messages += 1
        if present:
            raise BundleFault(min(present), "not in the journal")

    def _check_message(self, entry: _JournalEntry, body: bytes) -> None:
        stem = f"{names.MESSAGES_FOLDER}{names.number_name(entry.n)}"
        signature = self._members[f"{stem}.jws"].decode("ascii")
        hop = self._members.get(f"{stem}.hop.jws")
        if (entry.digest, entry.signature, entry.hop) != (
            body_digest(body),
            signature,
            hop and hop.decode("ascii"),
        ):
            raise ValueError("another message than in the journal")
        info = read_header(body).message_info
        named = (info.sender.sender_id, info.message_id, info.correlation_id)
        if named != (entry.sender, entry.message_id, entry.case_id):
            raise ValueError("another message than in the journal")
        self._check_case(info)
        sender, claims = self._check_signature(signature, body, entry.at)
        if sender != entry.sender:
            raise ValueError("signed by another system")
        if hop is not None:
            _, claims = self._check_signature(hop.decode("ascii"), hop_payload(signature, body), entry.at)
        if claims.get("to") != GATEWAY:
            raise ValueError("for another address")

    def _check_case(self, info: MessageInfo) -> None:
        """The message is of the case, or of a question that names the case, or an answer to such a question."""
        case_id = self.bundle.case["case_id"]
        if asked_case_of(info) == case_id:
            self._chains.add(info.correlation_id)
        if info.correlation_id != case_id and info.correlation_id not in self._chains:
            raise ValueError("of another case")

    def _check_signature(self, text: str, payload: bytes, at: datetime) -> tuple[str, Any]:
        """The address of the system that signed, and the claims of the signature."""
        token = jws.parse(text)
        certificate, address = self.bundle.trusted_system(token.thumbprint, at)
        jws.verify(token, strong_key(certificate), payload)
        return address, token.claims


def verify_bundle(
    content: bytes, root: x509.Certificate | None = None, issuing: x509.Certificate | None = None
) -> BundleVerdict:
    """The verdict over a bundle, by the root and the issuing certificate that the caller trusts; without them by
    those in the bundle.
    """
    reading = _BundleReading(content, root, issuing)
    marks = dict.fromkeys(BundleCheck, ConditionMark.NOT_REACHED)
    for check, step in reading.steps().items():
        try:
            step()
        except BundleFault as fault:
            marks[check] = ConditionMark.FAILED
            return BundleVerdict(marks, fault, has_own_root=reading.has_own_root)
        marks[check] = ConditionMark.HELD
    bundle = reading.bundle
    return BundleVerdict(
        marks, None, bundle.case["case_id"], reading.messages, bundle.stamp.moment, reading.has_own_root
    )


def _read_entry(content: bytes) -> _JournalEntry:
    """The entry in the bytes that its hash covers: a JSON array in the order of ШЭП's journal."""
    n, at, event, sender, message_id, case_id, *_, digest, signature, hop = json.loads(content)
    return _JournalEntry(
        int(n), datetime.fromisoformat(at), event, sender, message_id, case_id, digest, signature, hop
    )
