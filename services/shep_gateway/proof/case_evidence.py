"""The evidence bundle of a case: what ШЭП and НУЦ have of it, gathered and sealed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from cryptography import x509
from sqlalchemy import inspect
from sqlmodel import Session

from services.shep_gateway.archive.archived_entries import JournalArchive
from services.shep_gateway.doors.exchanges import ExchangeRow, list_case_exchanges
from services.shep_gateway.proof.case_records import (
    find_stamps,
    list_case_entries,
    read_bodies,
    read_segment,
)
from services.shep_gateway.proof.head_stamps import stamp_head
from services.shep_gateway.sandbox.rule_rows import RuleFiringRow, list_chain_firings
from services.shep_gateway.storage import JournalRow
from shared.bus.errors import BusError, NotFound, Unavailable
from shared.bus.messages import jws
from shared.bus.messages.trust import SystemIdentity
from shared.bus.runtime.service_runtime import Runtime
from shared.evidence import case_bundle as names
from shared.evidence.case_bundle import (
    BundleMaterial,
    BundleSigner,
    CaseEntry,
    CaseExchange,
    StampedSegment,
    compose_bundle,
)
from shared.evidence.journal_chain import HASHED, entry_bytes
from shared.pki.certificates.keys import certificate_thumbprint
from shared.pki.client.nuc import CertificationCentre
from shared.pki.verification.revocation_inquiry import CRL_PATH, DELTA_PATH

ROOT_CRL_PATH = "/root.crl"
MOST_BODIES = 128 * 1024 * 1024
"""The bytes of all messages of a case that a bundle takes: a bundle is made in the memory."""
MOST_EXCHANGES = 500
"""The calls of a case that a bundle takes, from the first on."""
DESCRIBED = (
    "id", "door", "operation", "target", "took_ms", "participant", "service_id", "sent_message_id",
    "sent_correlation_id", "message_id", "correlation_id", "session_id", "http_status", "code", "request_size",
    "answer_size",
)  # fmt: skip
"""What a bundle tells of a call beside its moment, headers and bytes."""
_FURTHER_LISTS = {names.DELTA_FILE: DELTA_PATH, names.ROOT_CRL_FILE: ROOT_CRL_PATH}


async def make_case_bundle(runtime: Runtime, case_id: str) -> bytes:
    """The bundle of a case; NotFound ``case-unknown``, Conflict ``evidence-too-large``, Unavailable
    ``evidence-unavailable`` while НУЦ gives no time-stamp, certificate or revocation list (``why`` is the code of
    its refusal).
    """
    archive = runtime.resource(JournalArchive)
    rows = await runtime.read(lambda session: list_case_entries(session, case_id, archive))
    if not rows:
        raise NotFound("case-unknown", "the journal has no message of this case", case_id=case_id)
    bodies = await runtime.read(lambda session: _read_all_bodies(session, case_id, rows))
    chains = {row.case_id for row in rows if row.case_id is not None}
    firings = await runtime.read(lambda session: list_chain_firings(session, chains))
    calls = await runtime.read(lambda session: list_case_exchanges(session, chains, MOST_EXCHANGES))
    try:
        return await _seal_rows(runtime, case_id, rows, bodies, tuple(map(_case_exchange, calls)), firings)
    except BusError as error:
        raise Unavailable("evidence-unavailable", error.message, why=error.code) from None


async def _seal_rows(
    runtime: Runtime,
    case_id: str,
    rows: Sequence[JournalRow],
    bodies: Mapping[int, bytes],
    exchanges: tuple[CaseExchange, ...],
    firings: Sequence[RuleFiringRow],
) -> bytes:
    numbers = [row.n for row in rows]
    if len(await runtime.read(lambda session: find_stamps(session, numbers))) < len(numbers):
        await stamp_head(runtime)
    archive = runtime.resource(JournalArchive)
    segments = await runtime.read(lambda session: _read_segments(session, numbers, archive))
    entries = tuple(_case_entry(row, bodies.get(row.n)) for row in rows)
    now, centre = runtime.now, runtime.resource(CertificationCentre)
    identity = runtime.resource(SystemIdentity)

    def seal_bundle() -> bytes:
        material = _gather_material(case_id, entries, segments, centre, now)
        material = replace(material, exchanges=exchanges, disturbances=_describe_firings(firings))
        signer = BundleSigner(
            identity.key,
            centre.fetch_certificate(identity.thumbprint),
            lambda content: centre.request_time_stamp(content, now).token,
        )
        return compose_bundle(material, signer)

    return await runtime.compute(seal_bundle)


def _describe_firings(firings: Sequence[RuleFiringRow]) -> bytes | None:
    """What rules did to the case; None where they did nothing: the bundle then has no such member."""
    if not firings:
        return None
    told = ("rule_id", "kind", "system", "place", "message_id", "case_id", "step", "path")
    rows = [{"at": row.at.isoformat(), **{name: getattr(row, name) for name in told}} for row in firings]
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def _read_all_bodies(session: Session, case_id: str, rows: Sequence[JournalRow]) -> dict[int, bytes]:
    """The bytes of all messages of a case; those from the archive came with their entries."""
    loaded = ((row.n, row.body) for row in rows if "body" not in inspect(row).unloaded)
    archived = {n: body for n, body in loaded if body is not None}
    return archived | read_bodies(session, case_id, MOST_BODIES, sum(map(len, archived.values())))


def _read_segments(
    session: Session, numbers: Sequence[int], archive: JournalArchive
) -> tuple[StampedSegment, ...]:
    """For each time-stamp that covers entries of the case: the chain from the first of them to the stamp."""
    firsts: dict[int, int] = {}
    stamps = find_stamps(session, numbers)
    for n, stamp in stamps.items():
        firsts.setdefault(stamp.n, n)
    tokens = {stamp.n: stamp.token for stamp in stamps.values()}
    return tuple(
        StampedSegment(read_segment(session, first, last, archive), tokens[last]) for last, first in firsts.items()
    )


def _case_entry(row: JournalRow, body: bytes | None) -> CaseEntry:
    values = {name: getattr(row, name) for name in HASHED}
    return CaseEntry(row.n, entry_bytes(values), body, row.signature, row.hop)


def _case_exchange(row: ExchangeRow) -> CaseExchange:
    """A call with the headers as they are kept: without the values of secrets."""
    facts = {name: getattr(row, name) for name in DESCRIBED}
    parts = {
        "began_at": row.began_at.isoformat(),
        "deviations": json.loads(row.deviations),
        "request_headers": json.loads(row.request_headers),
        "answer_headers": json.loads(row.answer_headers),
    }
    description = json.dumps(facts | parts, ensure_ascii=False, indent=1) + "\n"
    return CaseExchange(row.id, description.encode(), row.request, row.answer)


def _gather_material(
    case_id: str,
    entries: tuple[CaseEntry, ...],
    segments: tuple[StampedSegment, ...],
    centre: CertificationCentre,
    now: datetime,
) -> BundleMaterial:
    systems = tuple(centre.fetch_certificate(thumbprint) for thumbprint in sorted(_list_signers(entries)))
    return BundleMaterial(
        case_id,
        now,
        entries,
        segments,
        centre.anchors.roots[0],
        centre.anchors.intermediates[0],
        systems,
        _fetch_revocation(centre, systems, now),
    )


def _list_signers(entries: Iterable[CaseEntry]) -> set[str]:
    """The thumbprints of all certificates whose keys signed a message of the case."""
    tokens = [
        token for entry in entries if entry.body is not None for token in (entry.signature, entry.hop) if token
    ]
    return {jws.parse(token).thumbprint for token in tokens}


def _fetch_revocation(
    centre: CertificationCentre, systems: Iterable[x509.Certificate], now: datetime
) -> dict[str, bytes]:
    """НУЦ's list, the further lists, and the OCSP answers about these certificates that НУЦ gives now; Unavailable
    ``directory-unavailable`` without the list.
    """
    issuing = centre.fetch_list(CRL_PATH)
    if issuing is None:
        raise Unavailable("directory-unavailable", "НУЦ has no list of the revoked")
    contents = {names.CRL_FILE: issuing}
    for name, path in _FURTHER_LISTS.items():
        with suppress(BusError):
            if (content := centre.fetch_list(path)) is not None:
                contents[name] = content
    for certificate in systems:
        with suppress(BusError):
            name = f"{names.REVOCATION_FOLDER}{certificate_thumbprint(certificate)}.ocsp"
            contents[name] = centre.ask_ocsp(certificate, now).der
    return contents
