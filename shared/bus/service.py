"""A service is a value: what it is made of, and the node that runs it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, FastAPI
from sqlalchemy import MetaData
from sqlalchemy.engine import URL
from sqlmodel import Session

from shared.bus.carriers.transport import Transport
from shared.bus.clocks.clock import BusClock, Clock, SystemClock
from shared.bus.clocks.segments import Line, Lines
from shared.bus.http import dead_letters, docs_page, endpoints, waiting
from shared.bus.messages.gate import Gate
from shared.bus.messages.receipts import Receipts
from shared.bus.messages.router import Router
from shared.bus.messages.trust import Directory, Identity
from shared.bus.persistence.database import Database
from shared.bus.persistence.hot_tables import Sheet
from shared.bus.persistence.tables import bus_tables
from shared.bus.runtime.processor import Processor
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import NewId, random_id
from shared.bus.settings import Settings


@dataclass(frozen=True)
class Surroundings:
    """What a service's wiring may build its resources from."""

    settings: Any
    clock: Clock
    directory: Directory | None
    identity: Identity | None
    home: Path
    """The instance's own folder: keys and the SQLite file live there."""


def _nothing(_: Surroundings) -> Iterable[object]:
    return ()


async def _no_start(_: Runtime) -> None:
    return None


@dataclass(frozen=True)
class Service:
    """Everything that makes one system of the country differ from another."""

    name: str
    title: Mapping[str, str]
    settings: type[Settings]
    tables: MetaData
    api: APIRouter
    messages: Router | None = None
    resources: Callable[[Surroundings], Iterable[object]] = _nothing
    """Objects that handlers and endpoints ask for by type."""
    accepts: Callable[[str], bool] = lambda neighbour: False
    """Which neighbours' messages this service takes at all: deny by default."""
    receipts_to: str | None = None
    receipts_owed: Literal["all", "refusals"] = "all"
    texts: endpoints.Texts = field(default_factory=dict)
    dialect: endpoints.Dialect = endpoints.plainly
    """How its paths tell errors: as problems, unless it speaks for a system whose clients expect otherwise."""
    on_start: Callable[[Runtime], Awaitable[None]] = _no_start
    beside: Sequence[Callable[[Runtime], Awaitable[None]]] = ()
    """What runs beside requests and messages until the service stops; see ``Runtime.run_beside``."""
    further_apis: Sequence[APIRouter] = ()
    """Beside ``api``: a router in a router is made twice, which the start of many systems feels."""
    sheets: Sequence[Sheet[Any]] = ()
    """Hot tables keyed by the case's id."""
    opens_clock: Callable[[Session, Callable[[Lines], Line | None]], Lines] | None = None
    """Of the one service that keeps the bus's clock: all lines that it has kept, in the order of their versions,
    the one that is drawn from them, if any, included and kept."""


@dataclass(frozen=True)
class Means:
    """What the launcher chose for one instance."""

    instance: str
    transport: Transport
    database: URL
    identity: Identity | None = None
    directory: Directory | None = None
    clock: Clock = field(default_factory=SystemClock)
    """The bus's time, one for all: cases, documents, deadlines, terms of certificates and of what НУЦ says."""
    machine: Clock = field(default_factory=SystemClock)
    """The machine's own: when something is tried again, how long something is remembered."""
    new_id: NewId = random_id
    is_inline: bool = False
    """Whether it needs no threads; see ``Runtime``."""


class Node:
    """One running instance of a service: its HTTP app and its runtime."""

    def __init__(self, service: Service, settings: Settings, means: Means) -> None:
        self.service = service
        self.settings = settings
        self.means = means
        self.home = settings.data_dir / means.instance
        self._database = Database(means.database, service.tables)
        kept = timedelta(days=2 * settings.retention_days)
        self.runtime = Runtime(
            self._processor(), means.transport, self._database, remembers=kept, is_inline=means.is_inline
        )
        self.app = self._app()

    async def start(self) -> None:
        """Make the tables, take up what was left, begin."""
        self._database.create()
        await self.runtime.start()
        await self.service.on_start(self.runtime)
        for job in self.service.beside:
            self.runtime.run_beside(job)

    async def stop(self) -> None:
        await self.runtime.stop()
        self._database.dispose()

    def _processor(self) -> Processor:
        service, means = self.service, self.means
        return Processor(
            database=self._database,
            tables=bus_tables(service.tables),
            router=service.messages or Router(),
            gate=self._gate(),
            identity=means.identity,
            resources={type(thing): thing for thing in self._resources()},
            clock=means.clock,
            machine=means.machine,
            owner=self.settings.replica,
            new_id=means.new_id,
            receipts=Receipts(service.receipts_to, service.receipts_owed),
            sheets=service.sheets,
        )

    def _resources(self) -> Iterable[object]:
        means = self.means
        around = Surroundings(self.settings, means.clock, means.directory, means.identity, self.home)
        yield self._database
        if means.directory is not None:
            yield means.directory
        yield from self.service.resources(around)

    def _gate(self) -> Gate | None:
        identity, directory = self.means.identity, self.means.directory
        if identity is None or directory is None or self.service.messages is None:
            return None
        return Gate(
            address=identity.address,
            directory=directory,
            accepts=self.service.accepts,
            max_bytes=self.settings.max_message_bytes,
            max_age=timedelta(days=self.settings.retention_days),
            age=self.means.clock.age if isinstance(self.means.clock, BusClock) else None,
        )

    def _app(self) -> FastAPI:
        routers = [docs_page.router, self.service.api, *self.service.further_apis]
        if self.service.messages is not None:
            routers += [dead_letters.router, waiting.router]
        app = FastAPI(
            title=self.service.title["en"],
            version="1",
            description=self.service.title["ru"],
            docs_url=None,
            redoc_url=None,
            # the routes themselves: a router that is included makes each of them anew, for every instance
            routes=[route for router in (*routers, endpoints.health) for route in router.routes],
        )
        endpoints.install(app, self.service.texts, self.settings.max_message_bytes, self.service.dialect)
        app.state.runtime = self.runtime
        app.state.operator_token = self.settings.operator_token or self._own_operator_token()
        return app

    def _own_operator_token(self) -> str:
        path = self.home / "operator.token"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text()
