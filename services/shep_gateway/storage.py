"""The register, the journal and the delivery states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Column, Index, Select, bindparam, func, select, text, update
from sqlalchemy.orm import registry
from sqlalchemy.schema import CreateIndex
from sqlmodel import Field, Session, SQLModel, col

from services.shep_gateway.chains import CaseChain
from services.shep_gateway.domain import (
    AccessRight,
    GatewayMember,
    GatewayRoute,
    ParticipantFacts,
    RegisterSnapshot,
    ServiceRoute,
    make_service_key,
)
from shared.bus.errors import Conflict
from shared.bus.persistence.database import Database
from shared.bus.persistence.hot_tables import declare_table
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime, partial_index
from shared.bus.runtime.readiness import ReadinessProblem
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.cases import DeliveryState
from shared.evidence.journal_chain import GENESIS, HASHED, chain_hash, entry_bytes, entry_digest

IS_TROUBLE = text("event <> 'ACCEPTED'")
"""The entries that are no accepted message: few, and an index of their own finds them."""
_ONLY_TROUBLE: Any = partial_index(IS_TROUBLE)
HAS_SEVERAL_RECIPIENTS = text("recipients LIKE '% %'")
"""The entries that name more than one recipient: few, in an index of their own."""
IS_UNFINISHED = text("state <> 'DELIVERED'")
"""The deliveries that did not arrive, or not yet: few, in an index of their own."""


class Base(SQLModel, registry=registry()):
    """The metadata of ШЭП."""


class MemberRow(Base, table=True):
    """A connected system."""

    __tablename__ = "member"
    address: str = Field(primary_key=True, max_length=100)
    title: str
    is_regional: bool = False
    is_active: bool = True
    is_at_door: bool = False


class OwnQueueRow(Base, table=True):
    """A participant of the doors whose messages come to a queue of its own at the broker."""

    __tablename__ = "own_queue"
    participant: str = Field(primary_key=True, max_length=100)


class TenantMemberRow(Base, table=True):
    """A participant that belongs to a tenant: a team of integrators at a shared installation."""

    __tablename__ = "tenant_member"
    participant: str = Field(primary_key=True, max_length=100)
    tenant: str = Field(max_length=60, index=True)


class TenantPlaceRow(Base, table=True):
    """A participant that provides a service in the cases of its own tenant."""

    __tablename__ = "tenant_place"
    tenant: str = Field(primary_key=True, max_length=60)
    service_type: str = Field(primary_key=True, max_length=100)
    region: str = Field(primary_key=True, max_length=10)
    channel: str = Field(primary_key=True, max_length=20)
    participant: str = Field(max_length=100)


class RightRow(Base, table=True):
    """An access right."""

    __tablename__ = "access_right"
    sender: str = Field(primary_key=True, max_length=100)
    service_id: str = Field(primary_key=True, max_length=100)
    message_type: str = Field(primary_key=True, max_length=20)


class RouteRow(Base, table=True):
    """A route; see ``GatewayRoute``."""

    __tablename__ = "route"
    id: int | None = Field(default=None, primary_key=True)
    service_id: str = Field(max_length=100)
    region: str | None = Field(default=None, max_length=10)
    message_type: str = Field(max_length=20)
    channel: str | None = Field(default=None, max_length=20)
    step: str | None = Field(default=None, max_length=60)
    recipient: str = Field(max_length=100)
    is_provider: bool = False


class ServiceRouteRow(Base, table=True):
    """A provider that the operator has set in place of the passport's provider."""

    __tablename__ = "service_route"
    service_type: str = Field(primary_key=True, max_length=100)
    region: str = Field(primary_key=True, max_length=10)
    channel: str = Field(primary_key=True, max_length=20)
    recipient: str = Field(max_length=100)
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class JournalRow(Base, table=True):
    """A journal entry; ``hash`` chains the entry to the previous one, over every column but ``body`` (its digest
    is covered).
    """

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_sender", "sender", "n"),
        Index("ix_journal_service", "service_id", "n"),
        Index("ix_journal_region", "region", "n"),
        Index("ix_journal_trouble", "event", "n", **_ONLY_TROUBLE),
        Index("ix_journal_code", "code", "n", **_ONLY_TROUBLE),
        Index("ix_journal_recipient", "recipients", "n"),
        Index("ix_journal_several", "n", **partial_index(HAS_SEVERAL_RECIPIENTS)),
    )
    n: int = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    event: str = Field(max_length=20)
    sender: str | None = Field(default=None, max_length=100)
    message_id: str | None = Field(default=None, max_length=100, index=True)
    case_id: str | None = Field(default=None, max_length=100, index=True)
    service_id: str | None = Field(default=None, max_length=100)
    region: str | None = Field(default=None, max_length=100)
    message_type: str | None = Field(default=None, max_length=20)
    channel: str | None = Field(default=None, max_length=20)
    step: str | None = Field(default=None, max_length=60)
    session_id: str | None = Field(default=None, max_length=40, index=True)
    recipients: str = ""
    code: str | None = Field(default=None, max_length=60)
    digest: str | None = Field(default=None, max_length=43)
    signature: str | None = None
    hop: str | None = None
    body: bytes | None = None
    hash: str = Field(max_length=64)


class JournalHeadRow(Base, table=True):
    """The number and hash of the last entry, locked by the writer of the next: all replicas share one chain."""

    __tablename__ = "journal_head"
    id: int = Field(primary_key=True)
    n: int
    hash: str = Field(max_length=64)


class DeliveryRow(Base, table=True):
    """The delivery of one message to one recipient, and its state."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_newest", "changed_at"),
        Index("ix_delivery_unfinished", "state", "changed_at", **partial_index(IS_UNFINISHED)),
    )
    sender: str = Field(primary_key=True, max_length=100)
    message_id: str = Field(primary_key=True, max_length=100)
    recipient: str = Field(primary_key=True, max_length=100)
    case_id: str = Field(max_length=100, index=True)
    region: str = Field(default="", max_length=100)
    session_id: str = Field(max_length=40)
    state: str = Field(max_length=20)
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    error_code: str | None = Field(default=None, max_length=60)
    number: int = 0
    """Its number in the stream to the next system on the way; 0 in a mailbox, and where order does not matter."""


class RefusalExplanationRow(Base, table=True):
    """Why a message was refused, as JSON, beside its entry in the journal; ``recipient`` is "" for ШЭП itself."""

    __tablename__ = "refusal_explanation"
    sender: str = Field(primary_key=True, max_length=100)
    message_id: str = Field(primary_key=True, max_length=100)
    recipient: str = Field(primary_key=True, max_length=100)
    explanation: str


_JOURNAL: Any = JournalRow.__table__  # type: ignore[attr-defined]
CHAINS = declare_table("chain", Base.metadata, CaseChain)
"""The chains by case; read before the messages of a batch are handled."""

_HEAD: Any = JournalHeadRow.__table__  # type: ignore[attr-defined]
_DELIVERY: Any = DeliveryRow.__table__  # type: ignore[attr-defined]

_HEAD_AND_LAST = select(  # one statement, so that no entry is written between two
    _HEAD.c.n.label("head"),
    _HEAD.c.hash.label("kept"),
    select(func.max(_JOURNAL.c.n)).scalar_subquery().label("last"),
    select(_JOURNAL.c.hash).where(_JOURNAL.c.n == _HEAD.c.n).scalar_subquery().label("hash"),
).where(_HEAD.c.id == 1)

# A statement of every batch, compiled once: compiling costs more than running it.
_NEW_STATE = (
    update(_DELIVERY)
    .where(
        _DELIVERY.c.sender == bindparam("of_sender"),
        _DELIVERY.c.message_id == bindparam("of_message"),
        _DELIVERY.c.recipient == bindparam("of_recipient"),
        _DELIVERY.c.state == DeliveryState.ON_DELIVERY.value,
    )
    .values(state=bindparam("new_state"), changed_at=bindparam("at"), error_code=bindparam("code"))
)


def add_new_indexes(session: Session) -> None:
    """Add the indexes that an earlier version lacks."""
    for table in (_JOURNAL, _DELIVERY):
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            session.execute(CreateIndex(index, if_not_exists=True))


def write_first_chains(session: Session, database: Database, chains: list[CaseChain]) -> None:
    """Begin the chains of cases for which questions came first; a chain that another message began stays."""
    rows = [{name: getattr(chain, name) for name in CHAINS.column_names} for chain in chains]
    database.write_many(session, CHAINS.table, rows, replace=[CHAINS.key_column])


def load_snapshot(session: Session) -> RegisterSnapshot:
    """The whole register, indexed; reads columns instead of ORM rows, because it runs every few seconds."""
    members = [
        GatewayMember(*row)
        for row in _select_columns(session, MemberRow, "address title is_regional is_active is_at_door")
    ]
    rights = [AccessRight(*row) for row in _select_columns(session, RightRow, "sender service_id message_type")]
    names = "service_id region message_type channel step recipient is_provider"
    routes = [GatewayRoute(*row) for row in _select_columns(session, RouteRow, names)]
    changes = {
        make_service_key(service, region, channel): recipient
        for service, region, channel, recipient in _select_columns(
            session, ServiceRouteRow, "service_type region channel recipient"
        )
    }
    return RegisterSnapshot.from_register(members, rights, routes, changes, _load_participants(session))


def _load_participants(session: Session) -> ParticipantFacts:
    places = _select_columns(session, TenantPlaceRow, "tenant service_type region channel participant")
    return ParticipantFacts(
        frozenset(participant for (participant,) in _select_columns(session, OwnQueueRow, "participant")),
        {row.participant: row.tenant for row in _select_columns(session, TenantMemberRow, "participant tenant")},
        {(tenant, make_service_key(*place)): participant for tenant, *place, participant in places},
    )


def list_members(session: Session, place: ListPlace) -> ListPage[MemberRow]:
    """The connected systems, ordered by address."""
    order = ListOrder((col(MemberRow.address),), is_ascending=True)
    return order.read_page(select(MemberRow), place, select_rows(session))


def list_routes(session: Session, place: ListPlace) -> ListPage[RouteRow]:
    """The routes, the newest first."""
    return ListOrder((col(RouteRow.id),)).read_page(select(RouteRow), place, select_rows(session))


def list_services(session: Session, place: ListPlace) -> ListPage[str]:
    """The codes of the services that have a route, in order."""
    query: Select[Any] = select(col(RouteRow.service_id)).distinct()
    order = ListOrder((col(RouteRow.service_id),), is_ascending=True)
    return order.read_page(query, place, select_rows(session), lambda code: (code,))


def list_rights(session: Session, place: ListPlace) -> ListPage[RightRow]:
    """The access rights, ordered by sender, service and type of message."""
    columns = (col(RightRow.sender), col(RightRow.service_id), col(RightRow.message_type))
    return ListOrder(columns, is_ascending=True).read_page(select(RightRow), place, select_rows(session))


def _select_columns(session: Session, kind: Any, names: str) -> Sequence[Any]:
    table = kind.__table__
    return session.execute(select(*(table.c[name] for name in names.split())).order_by(*table.primary_key)).all()


def check_new_route(session: Session, route: dict[str, Any]) -> None:
    """Conflict ``route-exists`` when the register already has this route."""
    conditions = [col(getattr(RouteRow, name)) == value for name, value in route.items()]
    if session.execute(select(col(RouteRow.id)).where(*conditions)).first() is not None:
        raise Conflict("route-exists", "the register has this route already")


def put_service_route(session: Session, route: ServiceRoute, recipient: str, at: datetime) -> None:
    """Make ``recipient`` the provider of a service from now on."""
    key_columns = {"service_type": route.service_type, "region": route.region, "channel": route.channel}
    session.merge(ServiceRouteRow(**key_columns, recipient=recipient, changed_at=at))


def put_tenant_place(session: Session, tenant: str, route: ServiceRoute, participant: str) -> None:
    """Make a participant the provider of a service in the cases of its tenant from now on."""
    place = {"service_type": route.service_type, "region": route.region, "channel": route.channel}
    session.merge(TenantPlaceRow(tenant=tenant, participant=participant, **place))


def reset_service_route(session: Session, route: ServiceRoute) -> None:
    """Restore the passport's provider."""
    row = session.get(ServiceRouteRow, (route.service_type, route.region, route.channel))
    if row is not None:
        session.delete(row)


def empty_entry(at: datetime, event: str, description: str) -> dict[str, Any]:
    """A journal entry without a message: ``description`` stands in the place of the recipients."""
    empty = dict.fromkeys(name for name in HASHED if name != "n")
    return {**empty, "at": at, "event": event, "recipients": description, "body": None}


def write_journal(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Append entries in order, each chained to the previous one."""
    ((n, last),) = database.read_by_keys(session, _HEAD, ("n", "hash"), [1], is_locking=True)
    for row in rows:
        n += 1
        row["n"] = n
        last = row["hash"] = chain_hash(last, entry_digest(entry_bytes(row)))
    database.write_many(session, _JOURNAL, rows)
    database.write_many(session, _HEAD, [{"id": 1, "n": n, "hash": last}], replace=["n", "hash"])


def read_journal_ends(session: Session) -> Any:
    """The ``head`` with the hash that it keeps (``kept``), and the number of the ``last`` entry, at one moment;
    None before the first start.
    """
    return session.execute(_HEAD_AND_LAST).first()


def check_journal_head(runtime: Runtime) -> Iterable[ReadinessProblem]:
    """A readiness check: whether the head of the journal is its last entry; otherwise no entry can be written."""
    with runtime.resource(Database).read_session() as session:
        row = read_journal_ends(session)
    if row is None or (row.head, row.kept) != (row.last or 0, row.hash or GENESIS):
        details = {"head": str(row.head), "last": str(row.last)} if row else {}
        yield ReadinessProblem("journal-broken", details=details)


def write_deliveries(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Write new deliveries."""
    database.write_many(session, _DELIVERY, rows)


def write_explanations(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Write why messages were refused; of a message that is refused again the last explanation stays."""
    table: Any = RefusalExplanationRow.__table__  # type: ignore[attr-defined]
    database.write_many(session, table, rows, replace=["explanation"])


def find_explanation(session: Session, sender: str, message_id: str, recipient: str) -> dict[str, Any] | None:
    """Why a message was refused by a recipient, or by ШЭП ("")."""
    row = session.get(RefusalExplanationRow, (sender, message_id, recipient))
    return None if row is None else from_json(row.explanation)


def find_new_session_id(uow: UnitOfWork, sender: str, message_id: str) -> str:
    """ШЭП's session of a message that this unit of work lets pass; "" for a message that goes to no recipient."""
    for write, row in uow.pending_writes:
        if write is write_deliveries and (row["sender"], row["message_id"]) == (sender, message_id):
            return str(row["session_id"])
    return ""


def write_states(session: Session, database: Database, rows: list[dict[str, Any]]) -> None:
    """Write the states that receivers reported; a final state stays."""
    session.connection().execute(_NEW_STATE, rows)
