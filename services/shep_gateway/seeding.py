"""Fills the register with the catalogue's entries, each once: what the operators change or remove stays so.

A later version may bring further systems. Every entry that was ever put in is recorded, so that a start adds what
is new in its version and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Field, Session, col

from services.shep_gateway.domain import INITIATOR, AccessRight, GatewayMember, GatewayRoute
from services.shep_gateway.storage import Base, JournalHeadRow, JournalRow, MemberRow, RightRow, RouteRow
from shared.evidence.journal_chain import GENESIS

KEYS: Mapping[Any, tuple[str, ...]] = {
    MemberRow: ("address",),
    RightRow: ("sender", "service_id", "message_type"),
    RouteRow: ("service_id", "region", "message_type", "channel", "step", "recipient"),
}
CATALOGUE = "catalogue"
"""The kind of the one row that holds the digest of the catalogue as last put in."""


class SeededEntryRow(Base, table=True):
    """An entry of the catalogue that the register once got; ``key`` is a JSON array."""

    __tablename__ = "seeded_entry"
    kind: str = Field(primary_key=True, max_length=20)
    key: str = Field(primary_key=True, max_length=400)


@dataclass(frozen=True)
class CatalogueEntry:
    """An entry of the catalogue: the table of its row, the row's values."""

    table: Any
    values: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """The entry's kind, and the values that identify the entry."""
        return _key_of(self.table, [self.values[name] for name in KEYS[self.table]])


def seed_register(
    session: Session,
    members: Iterable[GatewayMember],
    rights: Iterable[AccessRight],
    routes: Iterable[GatewayRoute],
) -> int | None:
    """Add the entries that the register never had; returns how many a filled register got, None for an empty one.

    A register of a version without records: see ``_guess_seeded``.
    """
    entries = list({entry.key: entry for entry in _list_entries(members, rights, routes)}.values())
    digest = sha256(json.dumps(sorted(entry.key for entry in entries)).encode()).hexdigest()
    if session.get(SeededEntryRow, (CATALOGUE, digest)) is not None:
        return 0
    is_filled = session.get(JournalHeadRow, 1, with_for_update=True) is not None  # one replica at a time
    if not is_filled:
        session.execute(insert(JournalHeadRow), [{"id": 1, "n": 0, "hash": GENESIS}])
    rows = session.execute(select(col(SeededEntryRow.kind), col(SeededEntryRow.key)))
    recorded = {(kind, key) for kind, key in rows if kind != CATALOGUE}
    seeded = recorded
    if is_filled and not recorded:
        seeded = _guess_seeded(session, entries)
        _mark_providers(session, entries)
    held = set(_list_held(session))
    fresh = [entry for entry in entries if entry.key not in seeded and entry.key not in held]
    for table in KEYS:
        if values := [dict(entry.values) for entry in fresh if entry.table is table]:
            session.execute(insert(table), values)
    _record_seeded(session, [entry.key for entry in entries if entry.key not in recorded], digest)
    return len(fresh) if is_filled else None


def _list_entries(
    members: Iterable[GatewayMember], rights: Iterable[AccessRight], routes: Iterable[GatewayRoute]
) -> Iterator[CatalogueEntry]:
    yield from (CatalogueEntry(MemberRow, asdict(member)) for member in members)
    ordered = sorted(rights, key=lambda right: (right.sender, right.service_id, right.message_type))
    yield from (CatalogueEntry(RightRow, asdict(right)) for right in ordered)
    yield from (CatalogueEntry(RouteRow, asdict(route)) for route in routes)


def _key_of(table: Any, values: Sequence[Any]) -> tuple[str, str]:
    return table.__tablename__, json.dumps(values)


def _list_held(session: Session) -> Iterator[tuple[str, str]]:
    for table, names in KEYS.items():
        for row in session.execute(select(*(getattr(table, name) for name in names))):
            yield _key_of(table, list(row))


def _record_seeded(session: Session, keys: Sequence[tuple[str, str]], digest: str) -> None:
    rows = [{"kind": kind, "key": key} for kind, key in (*keys, (CATALOGUE, digest))]
    session.execute(insert(SeededEntryRow), rows)


def _guess_seeded(session: Session, entries: Iterable[CatalogueEntry]) -> set[tuple[str, str]]:
    """The entries that a register of a version without records once had.

    Those between members that it has, for a service that it knows, or whose removal is in the journal; the others
    came with systems of later versions.
    """
    members = {INITIATOR, *session.execute(select(col(MemberRow.address))).scalars()}
    services = set(session.execute(select(col(RightRow.service_id))).scalars())
    services |= set(session.execute(select(col(RouteRow.service_id))).scalars())
    removed = _list_removed(session)

    def was_there(entry: CatalogueEntry) -> bool:
        values = entry.values
        if entry.table is MemberRow:
            return values["address"] in members
        party = values["sender"] if entry.table is RightRow else values["recipient"]
        return (party in members and values["service_id"] in services) or _describe(entry) in removed

    return {entry.key for entry in entries if was_there(entry)}


def _list_removed(session: Session) -> set[str]:
    """The descriptions of the removals that operators made, as the journal tells them."""
    changed = select(col(JournalRow.recipients)).where(col(JournalRow.event) == "CHANGED")
    texts: Iterable[str] = session.execute(changed).scalars()
    return {text.partition(": ")[2] for text in texts if text.partition(": ")[0].endswith(("revoked", "removed"))}


def _describe(entry: CatalogueEntry) -> str:
    """The entry as the journal describes its removal."""
    values = entry.values
    if entry.table is RightRow:
        return f"{values['sender']} {values['service_id']} {values['message_type']}"
    return f"{values['service_id']} {values['region']} -> {values['recipient']}"


def _mark_providers(session: Session, entries: Iterable[CatalogueEntry]) -> None:
    """Mark the routes to providers, which earlier versions did not mark."""
    for entry in entries:
        if entry.table is RouteRow and entry.values["is_provider"]:
            same = [getattr(RouteRow, name) == entry.values[name] for name in KEYS[RouteRow]]
            session.execute(update(RouteRow).where(*same).values(is_provider=True))
