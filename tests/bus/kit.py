"""Kernel nodes in one process, over any carrier and any database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import APIRouter
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select
from sqlalchemy.engine import URL
from sqlmodel import Session

from shared.bus.carriers.transport import Transport
from shared.bus.clocks.clock import Clock, SystemClock
from shared.bus.errors import BusError, Conflict, Unavailable
from shared.bus.messages.message import MessageContract, MessageType
from shared.bus.messages.router import MessageRefusal, MessageRouter
from shared.bus.messages.trust import FixedDirectory, PeerSystem, SystemIdentity
from shared.bus.persistence.database import database_url
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.bus.service import TITLE, NodeDependencies, ServiceDefinition, ServiceNode
from shared.bus.settings import Settings
from shared.texts.catalog import TextCatalog

T = TypeVar("T")
PATIENCE = 20.0


class Counted(MessageContract):
    """A message contract of the tests."""

    contract: ClassVar[str] = "counted/1"

    n: int
    text: str = ""


class Acquaintances:
    """A directory that knows every system of the test from the moment the system joins."""

    def __init__(self) -> None:
        self.peers: dict[str, PeerSystem] = {}

    def find_peer(self, thumbprint: str, at: datetime) -> PeerSystem:
        return FixedDirectory(*self.peers.values()).find_peer(thumbprint, at)


@dataclass
class Company:
    """Systems that know each other's keys. ``suffix`` separates their addresses from those of other tests."""

    folder: Path
    transport: Transport
    database: str | None = None
    clock: Clock = field(default_factory=SystemClock)
    machine: Clock = field(default_factory=SystemClock)
    suffix: str = ""
    identities: dict[str, SystemIdentity] = field(default_factory=dict)
    known: Acquaintances = field(default_factory=Acquaintances)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def address(self, name: str) -> str:
        """The address of the system ``name`` in this test."""
        return name + self.suffix

    def identity(self, name: str) -> SystemIdentity:
        address = self.address(name)
        if address not in self.identities:
            key = ec.generate_private_key(ec.SECP256R1())
            one = self.identities[address] = SystemIdentity(address, key, f"thumbprint-of-{address}")
            forever = self.clock.now() + timedelta(days=3650)
            self.known.peers[address] = PeerSystem(address, key.public_key(), one.thumbprint, forever)
        return self.identities[address]

    def url(self, name: str) -> URL:
        return database_url(self.database, self.folder, name)

    def made(
        self,
        name: str,
        router: MessageRouter | None = None,
        tables: MetaData | None = None,
        *,
        replica: str = "1",
        transport: Transport | None = None,
        max_message_bytes: int = 16 * 1024 * 1024,
        max_early_messages: int = 10_000,
        address_wait_seconds: float = 900,
        lease_seconds: float = 30,
        is_inline: bool = False,
        **options: Any,
    ) -> ServiceNode:
        """A node that is not started; ``options`` are those of ``ServiceDefinition``."""
        identity = self.identity(name)
        wiring: dict[str, Any] = {"api": APIRouter(), "accepts": lambda neighbour: True, **options}
        titles = {TITLE: dict.fromkeys(("ru", "kk", "en"), name)}
        wiring["texts"] = TextCatalog(titles, wiring.get("texts", {}))
        service = ServiceDefinition(
            name=identity.address,
            settings=Settings,
            tables=tables if tables is not None else MetaData(),
            messages=router,
            **wiring,
        )
        settings = Settings(
            data_dir=self.folder,
            replica=replica,
            max_message_bytes=max_message_bytes,
            max_early_messages=max_early_messages,
            address_wait_seconds=address_wait_seconds,
            lease_seconds=lease_seconds,
        )
        means = NodeDependencies(
            identity.address,
            transport or self.transport,
            self.url(name),
            identity,
            self.known,
            clock=self.clock,
            machine=self.machine,
            is_inline=is_inline,
        )
        return ServiceNode(service, settings, means)

    async def node(
        self, name: str, router: MessageRouter | None = None, tables: MetaData | None = None, **options: Any
    ) -> ServiceNode:
        """Start a node; the node stops at the end of the test, or earlier."""
        node = self.made(name, router or MessageRouter(), tables, **options)
        await node.start()
        self.stack.push_async_callback(node.stop)
        return node

    async def tell(self, node: ServiceNode, to: str, numbers: Iterable[int], case: str = "case-1") -> None:
        """Have ``node`` send a message for each number to the system ``to``, in one transaction."""
        await node.runtime.write(lambda uow: [say(uow, self.address(to), n, case) for n in numbers])


@dataclass
class Desk:
    """A receiver with one effect for each message, which fails where ``trouble`` has the message's number."""

    trouble: dict[int, Exception] = field(default_factory=dict)
    calls: Counter[int] = field(default_factory=Counter)
    refusals: list[MessageRefusal] = field(default_factory=list)
    refusal: BusError = field(default_factory=lambda: Conflict("not-today", "the desk does not want this one"))
    outage: BusError = field(default_factory=lambda: Unavailable("neighbour-away", "the desk cannot do this now"))

    def __post_init__(self) -> None:
        self.metadata, self.effects = book()
        self.router = MessageRouter()
        self.router.register_handler(Counted)(self._handle)
        self.router.register_refusal_hook(lambda refusal, uow: self.refusals.append(refusal))

    def answering(self, name: str, company: Company) -> MessageRouter:
        """A router that sends each number on to the system ``name``."""
        router = MessageRouter()

        @router.register_handler(Counted)
        def answer(data: Counted, message: ReceivedMessage, uow: UnitOfWork) -> None:
            write_effect(self.effects, data, message, uow)
            say(uow, company.address(name), data.n, message.info.correlation_id)

        return router

    def _handle(self, data: Counted, message: ReceivedMessage, uow: UnitOfWork) -> None:
        self.calls[data.n] += 1
        write_effect(self.effects, data, message, uow)
        if data.n in self.trouble:
            raise self.trouble[data.n]

    @property
    def codes(self) -> list[str]:
        """The codes of the refusals, as the refusal hook got them."""
        return [refusal.error.code for refusal in self.refusals]


def book() -> tuple[MetaData, Table]:
    """A table for the effects of a handler."""
    metadata = MetaData()
    effects = Table(
        "effects",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("correlation_id", String(100)),
        Column("n", Integer),
    )
    return metadata, effects


def write_effect(effects: Table, data: Counted, message: ReceivedMessage, uow: UnitOfWork) -> None:
    uow.session.execute(insert(effects), [{"correlation_id": message.info.correlation_id, "n": data.n}])
    uow.notify("effects")


def recording(effects: Table) -> MessageRouter:
    """A router whose handler writes one effect for each message."""
    router = MessageRouter()

    @router.register_handler(Counted)
    def record(data: Counted, message: ReceivedMessage, uow: UnitOfWork) -> None:
        write_effect(effects, data, message, uow)

    return router


def say(uow: UnitOfWork, to: str, n: int, case: str = "case-1", payload: MessageContract | None = None) -> str:
    """Send ``n``, or another ``payload``, to an address."""
    data = payload or Counted(n=n)
    return uow.send(to, data, service_id="counting", message_type=MessageType.UPDATE, correlation_id=case)


async def effects_of(
    node: ServiceNode, effects: Table, expected: int, seconds: float = PATIENCE
) -> list[tuple[str, int]]:
    """The effects in order, once there are ``expected`` of them."""

    def enough(session: Session) -> bool | None:
        count = session.execute(select(func.count()).select_from(effects)).scalar_one()
        return True if count >= expected else None

    await node.runtime.wait_for("effects", enough, seconds)
    rows = await node.runtime.read(lambda session: session.execute(select(effects).order_by(effects.c.id)).all())
    return [(row.correlation_id, row.n) for row in rows]


async def rows_of(node: ServiceNode, table: str) -> Sequence[Any]:
    """All rows of a table of the node, by the table's name."""
    found = node.service.tables.tables[table]
    return await node.runtime.read(lambda session: session.execute(select(found)).all())


async def rows_when(node: ServiceNode, table: str, count: int, seconds: float = PATIENCE) -> Sequence[Any]:
    """The rows of ``table`` once there are exactly ``count``, or as they are after ``seconds``."""

    async def ask() -> bool:
        return len(await rows_of(node, table)) == count

    await eventually(ask, seconds)
    return await rows_of(node, table)


async def eventually(ask: Callable[[], Awaitable[object]], seconds: float = PATIENCE) -> bool:
    """Whether ``ask`` becomes true within ``seconds``."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await ask():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True


async def books(node: ServiceNode) -> dict[str, int]:
    """The number of rows in each of the kernel's tables."""
    names = ("outbox", "inbox", "held", "dead")
    return {name: len(await rows_of(node, f"bus_{name}")) for name in names}
