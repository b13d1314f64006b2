"""Runs instances in this process: transport, database, identity and HTTP server for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from socket import socket
from typing import Any

from services.catalog import ServiceInstance
from services.launcher.clock import ConfiguredInstances, ProcessClock
from services.launcher.data_folder.folder_lock import FolderLock
from services.launcher.http_server import InstanceHttpServer, make_http_server
from services.launcher.migrations import HISTORY
from services.launcher.ports import ListeningPorts
from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.carriers.transport import Transport
from shared.bus.clocks.clock import Clock, SystemClock
from shared.bus.errors import Unavailable
from shared.bus.logs import log, name_instance
from shared.bus.messages.trust import PeerDirectory, SystemIdentity
from shared.bus.persistence.database import database_url
from shared.bus.profiles import Opening
from shared.bus.runtime.supervised_tasks import SupervisedTasks, run_together
from shared.bus.service import NodeDependencies, ServiceNode
from shared.bus.settings import Settings
from shared.contracts import addresses
from shared.pki.certificates.status import RevocationMode
from shared.pki.client.enrolment import SystemEnrolment, enrol_system, read_anchors, read_enrolment
from shared.pki.client.nuc import CertificationCentre
from shared.pki.client.refused_messages import MessageExplainer
from shared.pki.client.renewal import EnrolmentRenewal
from shared.pki.explanation.cms_signatures import explain_cms
from shared.sandbox.country.country_reset import CountryReset
from shared.sandbox.country.further_countries import FurtherCountries
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rule_follower import RuleFollower
from shared.sandbox.system_hook import SystemHook
from shared.web.error_pages import draw_problem
from shared.web.front_page import add_front_page

PATIENCE = 60.0


@dataclass
class Deployment:
    """Some or all instances, running in this event loop."""

    instances: ConfiguredInstances
    nodes: dict[str, ServiceNode] = field(default_factory=dict)
    _servers: list[tuple[str, InstanceHttpServer, asyncio.Task[None]]] = field(default_factory=list)
    _transports: list[Transport] = field(default_factory=list)
    _centres: list[CertificationCentre] = field(default_factory=list)
    given_clock: Clock | None = None
    """The bus's time given by the caller; None when НУЦ keeps the time."""
    is_inline: bool = False
    """Whether the instances run without threads (``NodeDependencies``); НУЦ, on which they depend, then runs
    elsewhere.
    """
    is_prepared: bool = False
    """Whether every instance was started before and stopped in order; see ``NodeDependencies``."""
    listening: ListeningPorts = field(default_factory=ListeningPorts)
    """The ports of all instances, bound from the start to the stop."""
    resets: CountryReset = field(default_factory=CountryReset)
    """Where a system asks that the whole country go back to a snapshot."""
    further: FurtherCountries = field(default_factory=FurtherCountries)
    """Where a system asks for countries beside this one."""
    broken: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when an HTTP server has ended without an order to stop."""
    _clock: ProcessClock | None = None
    _rules: RuleBook | None = None
    _follower: RuleFollower | None = None
    _locks: list[FolderLock] = field(default_factory=list)
    _tasks: SupervisedTasks = field(default_factory=SupervisedTasks)
    _embedded: EmbeddedTransport = field(default_factory=EmbeddedTransport)

    async def start(self, on_ready: Callable[[str], None] = lambda name: None) -> None:
        """Start НУЦ first, then all others at once; ``on_ready`` gets the name of each instance that is ready."""
        self.listening.open(self.instances)
        self._lock_folders(self.instances)
        given_clock = self.given_clock
        self._clock = (
            ProcessClock(given_clock)
            if given_clock
            else await ProcessClock.open(self.instances, _retry_until_available)
        )
        self._rules = RuleBook(self._clock.clock)
        self._follower = _make_follower(self._rules, self.instances)
        await self._start_all(self.instances, on_ready)

    async def start_more(
        self, instances: ConfiguredInstances, on_ready: Callable[[str], None] = lambda name: None
    ) -> None:
        """Start more instances of the running deployment."""
        self.listening.open(instances)
        self._lock_folders(instances)
        self.instances = [*self.instances, *instances]
        if self._follower is not None and _has_gateway(instances):
            await self._follower.close()
            self._follower = None
        await self._start_all(instances, on_ready)

    async def _start_all(self, instances: ConfiguredInstances, on_ready: Callable[[str], None]) -> None:
        first = [pair for pair in instances if pair[0].address is None]
        bus_instances = [pair for pair in instances if pair[0].address is not None]
        await run_together(self._start_instance(*pair, on_ready) for pair in first)
        # one failed: the others must not go on starting during the stop
        await run_together(self._start_instance(*pair, on_ready) for pair in bus_instances)

    async def stop(self, grace: float | None = None, *, keeps_ports: bool = False) -> None:
        """Stop accepting requests, then messages, then close the transports. Requests under way have ``grace``
        seconds, by default those of the server. With ``keeps_ports`` the next deployment has the ports.
        """
        if not keeps_ports:
            self.listening.close()
        if self._follower is not None:
            await self._follower.close()
        first = {instance.name for instance, _ in self.instances if instance.address is None}
        await self._stop_nodes(self.nodes.keys() - first, grace)
        await self._stop_nodes(first & self.nodes.keys(), grace)  # the others' last messages ask НУЦ
        for transport in self._transports:
            await transport.close()
        for centre in self._centres:
            centre.close()
        if self._clock is not None:
            await self._clock.close()
        while self._locks:
            self._locks.pop().release()

    async def _stop_nodes(self, names: Collection[str], grace: float | None) -> None:
        served = [(server, task) for name, server, task in self._servers if name in names]
        for server, _ in served:
            server.ask_to_stop(grace)
        for _, task in served:
            await task
        await asyncio.gather(*(self.nodes[name].stop() for name in names))

    def _lock_folders(self, instances: ConfiguredInstances) -> None:
        """Keep the folders of the instances from other processes; replicas share a folder, over PostgreSQL."""
        for instance, settings in instances:
            if settings.database_url is None:
                self._locks.append(FolderLock.take(settings.data_dir / instance.name))

    @property
    def clock(self) -> Clock:
        """The bus's time, shared by all instances; before the start, the machine's time."""
        return self._clock.clock if self._clock else SystemClock()

    def instance_url(self, name: str) -> str:
        """The base URL of an instance."""
        return self.nodes[name].settings.local_url

    async def _start_instance(
        self, instance: ServiceInstance, settings: Settings, on_ready: Callable[[str], None]
    ) -> None:
        name_instance(instance.name)
        url = database_url(settings.database_url, settings.data_dir, instance.name, settings.servers_ca)
        if instance.address is None:
            renewal = None
            means = NodeDependencies(
                instance.name,
                self._embedded,
                url,
                clock=self.clock,
                **self._common_means(instance, settings),
            )
            await self._embedded.open()
        else:
            enrolled = await _enrol_instance(instance.address, instance.name, settings)
            centre = _make_centre(settings, enrolled)
            self._centres.append(centre)
            renewal = EnrolmentRenewal(
                settings.data_dir / instance.name,
                settings.nuc_url,
                enrolled,
                centre,
                settings.token_file(instance.address),
            )
            await self._follow_rules(instance.name, settings, enrolled.identity, centre)
            transport = await self._open_transport(instance, settings)
            means = NodeDependencies(
                instance.name,
                transport,
                url,
                enrolled.identity,
                centre,
                self.clock,
                readiness_checks=(renewal.find_problems,),
                explain_refusal=_make_explainer(settings, centre, instance.address, self.clock),
                **self._common_means(instance, settings),
            )
        node = await _start_node(instance, settings, means)
        if renewal is not None:
            node.runtime.run_in_background(renewal.renew_forever)
        self.nodes[instance.name] = node
        for port in settings.listen_ports:
            await self._serve_http(node, port)
        if self._follower is not None and node.service.open_identity is not None:
            own = CertificationCentre(settings.local_url, read_anchors(node.home))
            self._centres.append(own)
            await self._follow_rules(instance.name, settings, await node.service.open_identity(node.runtime), own)
        on_ready(instance.name)

    async def _follow_rules(
        self, name: str, settings: Settings, identity: SystemIdentity, directory: PeerDirectory
    ) -> None:
        """Have an instance know the rules of a country whose ШЭП runs elsewhere, before it exchanges anything."""
        if self._follower is not None and settings.opens(Opening.SANDBOX_RULES):
            await self._follower.add_member(name, identity, directory)

    def _common_means(self, instance: ServiceInstance, settings: Settings) -> dict[str, Any]:
        """What every node gets: the sandbox's rules, and where the profile opens them the hook that obeys."""
        assert self._rules is not None  # noqa: S101 - made at the start
        hook = None
        if settings.opens(Opening.SANDBOX_RULES):
            self._rules.instances.add(instance.name)
            hook = SystemHook(self._rules, instance.name)
        return {
            "draw_problem": draw_problem,
            "is_inline": self.is_inline,
            "is_prepared": self.is_prepared,
            "history": HISTORY,
            "further_resources": (self._rules, self.resets, self.further),
            "hook": hook,
        }

    async def _open_transport(self, instance: ServiceInstance, settings: Settings) -> Transport:
        if settings.amqp_url is None:
            await self._embedded.open()
            return self._embedded
        # Imported here so that a start with the embedded carrier does not wait for the import.
        from shared.bus.carriers.amqp import AmqpTransport

        own_address = instance.address if settings.broker_accounts else None
        transport = AmqpTransport(
            settings.amqp_url,
            instance.name,
            PATIENCE,
            own_address,
            settings.servers_ca,
            settings.partitions,
        )
        await transport.open()
        self._transports.append(transport)
        return transport

    async def _serve_http(self, node: ServiceNode, port: int) -> None:
        server = make_http_server(node.app, node.settings, port)
        serving = self._serve_until_stop(
            server, self.listening.share(node.dependencies.instance, node.settings.host, port)
        )
        task = self._tasks.run_once(f"{node.dependencies.instance}.http", serving)
        self._servers.append((node.dependencies.instance, server, task))
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.002)

    async def _serve_until_stop(self, server: InstanceHttpServer, listener: socket) -> None:
        """Serve; a server that ends without an order to stop ends the process, and the supervisor outside starts
        it again.
        """
        try:
            await server.serve([listener])
        finally:
            if not server.should_exit:
                self.broken.set()


def _make_follower(book: RuleBook, instances: ConfiguredInstances) -> RuleFollower | None:
    """What follows the rules of a ШЭП that runs in another process; None in ШЭП's own."""
    is_open = any(settings.opens(Opening.SANDBOX_RULES) for _, settings in instances)
    return RuleFollower(book, instances[0][1].gateway_url) if is_open and not _has_gateway(instances) else None


def _has_gateway(instances: ConfiguredInstances) -> bool:
    return any(instance.address == addresses.GATEWAY for instance, _ in instances)


def _make_centre(settings: Settings, enrolled: SystemEnrolment) -> CertificationCentre:
    return CertificationCentre(
        settings.nuc_url,
        enrolled.anchors,
        revocation=RevocationMode(settings.revocation),
        explain=explain_cms if settings.opens(Opening.EXPLANATIONS) else None,
    )


def _make_explainer(
    settings: Settings, centre: CertificationCentre, address: str, clock: Clock
) -> MessageExplainer | None:
    return MessageExplainer(centre, address, clock) if settings.opens(Opening.EXPLANATIONS) else None


async def _enrol_instance(address: str, name: str, settings: Settings) -> SystemEnrolment:
    home = settings.data_dir / name
    stored_enrolment = read_enrolment(home, address)
    if stored_enrolment is not None:
        return stored_enrolment
    token = settings.token_file(address)
    enrolled: SystemEnrolment = await _retry_until_available(
        lambda: enrol_system(home, address, settings.nuc_url, token)
    )
    return enrolled


async def _retry_until_available(action: Callable[[], Any]) -> Any:
    """Repeat ``action`` while it raises Unavailable, for a minute at most."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + PATIENCE
    while True:
        try:
            return await action()
        except Unavailable as error:
            if clock() > deadline:
                raise
            log("start.waiting", code=error.code, error=error.message)
            await SystemClock().sleep(0.2)


async def _start_node(instance: ServiceInstance, settings: Settings, means: NodeDependencies) -> ServiceNode:
    node = ServiceNode(instance.load_service(), settings, means)
    add_front_page(node.app)
    await _retry_until_available(node.start)
    return node
