"""Two or more kernel nodes in one process, over any carrier and any database."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import APIRouter
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select
from sqlalchemy.engine import URL

from shared.bus.clock import Clock, SystemClock
from shared.bus.message import Contract, MessageType
from shared.bus.router import Router
from shared.bus.service import Means, Node, Service
from shared.bus.settings import Settings
from shared.bus.transport import Transport
from shared.bus.trust import FixedDirectory, Identity, Peer
from shared.bus.work import Received, Work


class Counted(Contract):
    """The test's own message."""

    contract: ClassVar[str] = "counted/1"

    n: int
    text: str = ""


@dataclass
class Company:
    """Systems that know each other's keys."""

    folder: Path
    transport: Transport
    database: str | None = None
    clock: Clock = field(default_factory=SystemClock)
    identities: dict[str, Identity] = field(default_factory=dict)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    def identity(self, address: str) -> Identity:
        if address not in self.identities:
            key = ec.generate_private_key(ec.SECP256R1())
            self.identities[address] = Identity(address, key, f"thumbprint-of-{address}")
        return self.identities[address]

    def directory(self) -> FixedDirectory:
        forever = self.clock.now() + timedelta(days=3650)
        peers = [
            Peer(one.address, one.key.public_key(), one.thumbprint, forever) for one in self.identities.values()
        ]
        return FixedDirectory(*peers)

    def url(self, address: str) -> URL:
        from shared.bus.database import database_url

        return database_url(self.database, self.folder, address)

    async def node(self, address: str, router: Router, tables: MetaData | None = None, **options: object) -> Node:
        """Start a node; it stops with the company."""
        identity = self.identity(address)
        service = Service(
            name=address,
            title={"ru": address, "kk": address, "en": address},
            settings=Settings,
            tables=tables if tables is not None else MetaData(),
            api=APIRouter(),
            messages=router,
            accepts=lambda neighbour: True,
            **options,  # type: ignore[arg-type]
        )
        settings = Settings(data_dir=self.folder)
        means = Means(
            address, self.transport, self.url(address), identity, self.directory(), clock=self.clock
        )
        node = Node(service, settings, means)
        await node.start()
        self.stack.push_async_callback(node.stop)
        return node


def book() -> tuple[MetaData, Table]:
    """A table in which a handler leaves its effects."""
    metadata = MetaData()
    effects = Table(
        "effects",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("correlation_id", String(100)),
        Column("n", Integer),
    )
    return metadata, effects


def recording(effects: Table) -> Router:
    """A router whose handler writes one effect a message."""
    router = Router()

    @router.on(Counted)
    def record(data: Counted, message: Received, work: Work) -> None:
        row = {"correlation_id": message.info.correlation_id, "n": data.n}
        work.session.execute(insert(effects), [row])
        work.changed("effects")

    return router


def say(work: Work, to: str, n: int, case: str = "case-1") -> str:
    return work.send(
        to, Counted(n=n), service_id="counting", message_type=MessageType.UPDATE, correlation_id=case
    )


async def effects_of(node: Node, effects: Table, expected: int, seconds: float = 10) -> list[tuple[str, int]]:
    """The effects in the order in which they happened, once there are ``expected`` of them."""

    def enough(session: object) -> bool | None:
        count = session.execute(select(func.count()).select_from(effects)).scalar_one()  # type: ignore[attr-defined]
        return True if count >= expected else None

    await node.runtime.wait_for("effects", enough, seconds)
    rows = await node.runtime.read(
        lambda session: session.execute(select(effects).order_by(effects.c.id)).all()
    )
    return [(row.correlation_id, row.n) for row in rows]
