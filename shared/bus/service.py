"""A service as a value (``ServiceDefinition``), and the node that runs it (``ServiceNode``)."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from sqlalchemy import MetaData
from sqlalchemy.engine import URL
from sqlmodel import Session
from starlette.types import ASGIApp

from shared.bus.audit import act_recorder, audit_endpoints
from shared.bus.carriers.transport import Transport
from shared.bus.clocks.clock import BusClock, Clock, SystemClock
from shared.bus.clocks.segments import ClockSegment, Timeline
from shared.bus.errors import BusError
from shared.bus.exchange_hook import ExchangeHook
from shared.bus.http import docs_page, endpoints, readiness
from shared.bus.http.document import Described, compose_document
from shared.bus.http.glossary import Glossary
from shared.bus.http.problem_pages import ProblemDrawer, ProblemPages
from shared.bus.http.records import dead_letters, parked_messages, stuck_messages, whereabouts
from shared.bus.http.request_budgets import RequestLimits, install_budgets
from shared.bus.http.requests.call_limits import CallLimits
from shared.bus.http.requests.hosts import install_host_guard
from shared.bus.http.requests.manners import HttpManners
from shared.bus.http.requests.operator_door import OperatorDoor
from shared.bus.http.requests.short_ways import ShortWay, install_short_ways
from shared.bus.messages.gate import Gate
from shared.bus.messages.receipts import DeliveryReceipts
from shared.bus.messages.refusals import RefusalExplainer
from shared.bus.messages.router import MessageRouter
from shared.bus.messages.trust import PeerDirectory, SystemIdentity
from shared.bus.metrics.request_meter import RequestMeter
from shared.bus.persistence.database import Database
from shared.bus.persistence.hot_tables import HotTable
from shared.bus.persistence.install_mark import InstallMarks
from shared.bus.persistence.ledger import EarlyLimits
from shared.bus.persistence.outbox_leases import OutboxLease
from shared.bus.persistence.schema.history import SchemaHistory
from shared.bus.persistence.tables import bus_tables
from shared.bus.profiles import Opening
from shared.bus.runtime.processor import BatchProcessor
from shared.bus.runtime.readiness import (
    START_SECONDS,
    Readiness,
    ReadinessCheck,
    ReadTerms,
    check_database,
    check_room,
    read_identity_term,
)
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import NewId, random_id
from shared.bus.settings import Settings

BackgroundJob = Callable[[Runtime], Awaitable[None]]

NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own telemetry stays off: it asks at each request whether somebody has set it up, and it would put the
ИИН of a path into its traces.
"""

TITLE = "system-title"
"""The code of a system's title among its texts."""


@dataclass(frozen=True)
class WiringContext:
    """The data from which a service's wiring builds its resources."""

    settings: Any
    clock: Clock
    directory: PeerDirectory | None
    identity: SystemIdentity | None
    home: Path
    """The instance's folder, with its keys and SQLite file."""
    further_resources: Sequence[object] = ()
    """The launcher's own objects, as in ``NodeDependencies``."""


def _no_resources(_: WiringContext) -> Iterable[object]:
    return ()


async def _no_start(_: Runtime) -> None:
    return None


@dataclass(frozen=True)
class ServiceDefinition:
    """The definition of a system: everything that differs between systems."""

    name: str
    settings: type[Settings]
    tables: MetaData
    api: APIRouter
    messages: MessageRouter | None = None
    resources: Callable[[WiringContext], Iterable[object]] = _no_resources
    """Builds the objects that handlers and endpoints look up by class."""
    accepts: Callable[[str], bool] = lambda neighbour: False
    """The neighbours whose messages the service accepts; by default none."""
    receipts_to: str | None = None
    receipts_owed: Literal["all", "refusals"] = "all"
    texts: endpoints.Texts = field(default_factory=dict)
    """The texts for people by code; `TITLE` is the code of the system's own title."""
    render_error: endpoints.ErrorRenderer = endpoints.render_problem
    """How the service's paths render errors: as problems, unless a system's clients expect another form."""
    on_start: Callable[[Runtime], Awaitable[None]] = _no_start
    background_jobs: Sequence[BackgroundJob] = ()
    """Jobs that run beside requests and messages until the stop; see ``Runtime.run_in_background``."""
    list_jobs_off: Callable[[Any], Iterable[BackgroundJob]] = lambda settings: ()
    """The background jobs that the settings switch off: a job that ends by itself counts as failed."""
    short_ways: Sequence[ShortWay] = ()
    """The short ways to the endpoints that are called all the time."""
    extra_routers: Sequence[APIRouter] = ()
    """Routers beside ``api``; not nested, because an included router is built twice, which slows the start of many
    systems.
    """
    further_errors: Mapping[str, Sequence[BusError]] = field(default_factory=dict)
    """By the name of an endpoint that several systems share: the errors of this system only."""
    read_glossary: Callable[[], Glossary] = Glossary
    """The meanings and examples of the fields of requests and answers, read when the OpenAPI document is first
    requested.
    """
    readiness_checks: Sequence[ReadinessCheck] = ()
    """Checks of the service's own; those of every system stand in ``shared.bus.runtime.readiness``."""
    read_terms: ReadTerms = lambda runtime: ()
    """The terms of certificates that the service signs with, beside the certificate of the system itself."""
    hot_tables: Sequence[HotTable[Any]] = ()
    """Hot tables keyed by the case's id."""
    open_timeline: Callable[[Session, Callable[[Timeline], ClockSegment | None]], Timeline] | None = None
    """Set for the service that keeps the bus's clock: returns all stored segments in the order of their versions,
    including one that ``draw`` makes and the call stores.
    """
    open_identity: Callable[[Runtime], Awaitable[SystemIdentity]] | None = None
    """Set for a service without a place on the bus: the identity with which it signs what it asks other systems
    over HTTP.
    """

    @property
    def title(self) -> Mapping[str, str]:
        """The title of the system by language, read when first needed."""
        return self.texts[TITLE]


@dataclass(frozen=True)
class NodeDependencies:
    """The launcher's choices for one instance."""

    instance: str
    transport: Transport
    database: URL
    identity: SystemIdentity | None = None
    directory: PeerDirectory | None = None
    clock: Clock = field(default_factory=SystemClock)
    """The bus's time, common to all systems: for cases, documents, deadlines, terms of certificates and of НУЦ's
    answers.
    """
    machine: Clock = field(default_factory=SystemClock)
    """The machine's time: for retries and caches."""
    new_id: NewId = random_id
    is_inline: bool = False
    """Whether the instance runs without threads; see ``Runtime``."""
    readiness_checks: Sequence[ReadinessCheck] = ()
    """Checks of what the launcher knows: the enrolment at НУЦ."""
    explain_refusal: RefusalExplainer | None = None
    """Says why a message is refused, where the profile opens explanations."""
    hook: ExchangeHook | None = None
    """Disturbs on purpose what the instance exchanges with others, where the profile opens that."""
    further_resources: Sequence[object] = ()
    """Objects of the launcher that endpoints and handlers look up by class."""
    draw_problem: ProblemDrawer | None = None
    """Draws errors as pages for browsers; None leaves them JSON."""
    history: SchemaHistory | None = None
    """The migrations of the tables; None leaves the versions of tables alone."""
    is_prepared: bool = False
    """Whether the database was prepared by an earlier start with an orderly stop: then the tables exist, and no
    message waits.
    """


class ServiceApp(FastAPI):
    """The HTTP app of a service; its OpenAPI document is made when first requested."""

    def __init__(
        self, service: ServiceDefinition, *, has_docs: bool = True, hook: ExchangeHook | None = None
    ) -> None:
        self._hook = hook
        routers = [docs_page.router, service.api, *service.extra_routers, audit_endpoints.router]
        if service.messages is not None:
            routers += [dead_letters.router, parked_messages.router, stuck_messages.router, whereabouts.router]
        routers += [endpoints.health_router, readiness.router]
        super().__init__(
            title=service.name,  # the document has the title for people, which no start waits for
            version="1",
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,  # a redirect would lead to whatever host the caller names
            telemetry=NO_TELEMETRY,
            # the routes themselves: including a router would build each route again, for every instance
            routes=[
                route
                for router in routers
                for route in router.routes
                if has_docs or getattr(route, "path", None) != docs_page.PATH
            ],
        )
        self._service = service

    def build_middleware_stack(self) -> ASGIApp:
        stack = super().build_middleware_stack()
        pages = ProblemPages(self._hook.wrap_app(stack) if self._hook else stack)
        return HttpManners(RequestMeter(pages, self.state.runtime.metrics))

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            service = self._service
            described = Described(
                service.title["en"],
                service.title["ru"],
                service.texts,
                service.render_error,
                service.read_glossary(),
                service.further_errors,
            )
            self.openapi_schema = compose_document(self.routes, described)
        return self.openapi_schema


class ServiceNode:
    """One running instance of a service: its HTTP app and its runtime."""

    def __init__(self, service: ServiceDefinition, settings: Settings, dependencies: NodeDependencies) -> None:
        self.service = service
        self.settings = settings
        self.dependencies = dependencies
        self.home = settings.data_dir / dependencies.instance
        self._database = Database(dependencies.database, service.tables)
        retention = timedelta(days=2 * settings.retention_days)
        hook = dependencies.hook
        self.runtime = Runtime(
            self._make_processor(),
            hook.wrap_transport(dependencies.transport) if hook else dependencies.transport,
            self._database,
            remembers=retention,
            address_seconds=self.settings.address_wait_seconds,
            is_inline=dependencies.is_inline,
        )
        self._marks = InstallMarks(self._database, self.runtime.tables.mark, self.home)
        self.readiness = self._make_readiness()
        self.app = self._make_app()

    async def start(self) -> None:
        """Create the tables, take up the messages of the last run, begin."""
        if self.dependencies.is_prepared:
            await self.runtime.start(has_backlog=False)
        else:
            self.prepare_tables()
            await self.runtime.start()
            await self.service.on_start(self.runtime)
        off = tuple(self.service.list_jobs_off(self.settings))
        jobs = [job for job in self.service.background_jobs if job not in off]
        for job in (*jobs, self._raise_mark, self.readiness.announce_forever):
            self.runtime.run_in_background(job)

    def prepare_tables(self) -> None:
        """Make the tables, or bring them to the newest version; the errors of ``creation.create_schema``."""
        migrates = self.settings.opens(Opening.MIGRATION_AT_START)
        self._database.create_schema(self.dependencies.history, migrates=migrates)

    async def stop(self) -> None:
        await self.runtime.stop()
        self._database.dispose()

    async def _raise_mark(self, runtime: Runtime) -> None:
        await self._marks.raise_forever(runtime, START_SECONDS if self.dependencies.is_prepared else 0.0)

    def _make_readiness(self) -> Readiness:
        service, dependencies = self.service, self.dependencies
        checks = (
            check_database(self._database),
            check_room(self.home),
            self._marks.find_problems,
            *service.readiness_checks,
            *dependencies.readiness_checks,
        )
        return Readiness(
            self.runtime,
            checks,
            lambda runtime: (*read_identity_term(dependencies.identity), *service.read_terms(runtime)),
        )

    def _make_processor(self) -> BatchProcessor:
        service, dependencies = self.service, self.dependencies
        tables, replica = bus_tables(service.tables), self.settings.replica
        return BatchProcessor(
            database=self._database,
            tables=tables,
            router=service.messages or MessageRouter(),
            gate=self._make_gate(),
            identity=dependencies.identity,
            resources={type(resource): resource for resource in self._make_resources()},
            clock=dependencies.clock,
            machine=dependencies.machine,
            owner=replica,
            new_id=dependencies.new_id,
            receipts=DeliveryReceipts(service.receipts_to, service.receipts_owed),
            hot_tables=service.hot_tables,
            early_limits=EarlyLimits(
                self.settings.max_early_messages, timedelta(days=self.settings.retention_days)
            ),
            lease=OutboxLease(self._database, tables, replica, self.settings.lease_seconds),
            explain_refusal=dependencies.explain_refusal,
            hook=dependencies.hook,
        )

    def _make_resources(self) -> Iterable[object]:
        dependencies = self.dependencies
        context = WiringContext(
            self.settings,
            dependencies.clock,
            dependencies.directory,
            dependencies.identity,
            self.home,
            dependencies.further_resources,
        )
        yield self._database
        yield from dependencies.further_resources
        yield CallLimits(self.settings.calls_a_minute, self.settings.reads_a_minute)
        if dependencies.directory is not None:
            yield dependencies.directory
        yield from self.service.resources(context)

    def _make_gate(self) -> Gate | None:
        identity, directory = self.dependencies.identity, self.dependencies.directory
        if identity is None or directory is None or self.service.messages is None:
            return None
        return Gate(
            address=identity.address,
            directory=directory,
            accepts=self.service.accepts,
            max_bytes=self.settings.max_message_bytes,
            max_age=timedelta(days=self.settings.retention_days),
            age=self.dependencies.clock.age_of if isinstance(self.dependencies.clock, BusClock) else None,
        )

    def _make_app(self) -> FastAPI:
        has_docs = self.settings.opens(Opening.DOCS_PAGES)
        app = ServiceApp(self.service, has_docs=has_docs, hook=self.dependencies.hook)
        texts, render_error = self.service.texts, self.service.render_error
        endpoints.install_error_handling(app, texts, render_error)
        install_short_ways(app, self.service.short_ways, self.settings.max_message_bytes)
        limits = RequestLimits(
            self.settings.max_message_bytes, self.settings.max_requests, self.settings.max_wait_seconds
        )
        install_budgets(app, limits, texts, render_error)
        install_host_guard(app, self.settings.listed_hosts, texts, render_error)
        act_recorder.install_recorder(app)
        app.state.browser_origins = self.settings.allowed_origins
        app.state.instance = self.dependencies.instance
        app.state.draw_problem = self.dependencies.draw_problem
        app.state.start_page = self.settings.start_page
        app.state.profile = self.settings.profile
        app.state.runtime = self.runtime
        app.state.readiness = self.readiness
        app.state.texts = self.service.texts
        app.state.operator_token = self.settings.operator_token or self._own_operator_token()
        app.state.operator_door = OperatorDoor(app.state.operator_token, self.settings.wrong_tokens_an_hour)
        return app

    def _own_operator_token(self) -> str:
        path = self.home / "operator.token"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path.read_text()
