"""Runs instances in this process: transport, database, identity, HTTP server for each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from services.catalog import Instance
from services.launcher import ports
from services.launcher.clock import OneClock, Wanted
from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.carriers.transport import Transport
from shared.bus.clocks.clock import Clock, SystemClock
from shared.bus.errors import Unavailable
from shared.bus.logs import log
from shared.bus.persistence.database import database_url
from shared.bus.service import Means, Node
from shared.bus.settings import Settings
from shared.pki.certificates.status import Mode
from shared.pki.client.nuc import Centre, Enrolled, enrol, read_enrolled

PATIENCE = 60.0


class Server(uvicorn.Server):
    """A server that leaves the process's signals alone: one handler stops all."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Country:
    """Some or all instances, running in this loop."""

    wanted: Wanted
    nodes: dict[str, Node] = field(default_factory=dict)
    _servers: list[tuple[Server, asyncio.Task[None]]] = field(default_factory=list)
    _transports: list[Transport] = field(default_factory=list)
    _centres: list[Centre] = field(default_factory=list)
    given_clock: Clock | None = None
    """The bus's time, where it is not НУЦ that keeps it but whoever makes this country."""
    is_inline: bool = False
    """Whether the instances do without threads (``Means``): НУЦ, whom they wait for, must then run elsewhere."""
    _clock: OneClock | None = None
    _embedded: EmbeddedTransport = field(default_factory=EmbeddedTransport)

    async def start(self, told: Callable[[str], None] = lambda name: None) -> None:
        """Start НУЦ first, then everybody else at once; ``told`` hears of each that is ready."""
        _check_ports(self.wanted)
        given = self.given_clock
        self._clock = OneClock(given) if given else await OneClock.open(self.wanted, _patiently)
        await self._start_all(self.wanted, told)

    async def join(self, wanted: Wanted, told: Callable[[str], None] = lambda name: None) -> None:
        """Start more instances of the country that runs."""
        _check_ports(wanted)
        self.wanted = [*self.wanted, *wanted]
        await self._start_all(wanted, told)

    async def _start_all(self, wanted: Wanted, told: Callable[[str], None]) -> None:
        first = [pair for pair in wanted if pair[0].address is None]
        others = [pair for pair in wanted if pair[0].address is not None]
        for pair in first:
            await self._start(*pair, told)
        starting = [asyncio.create_task(self._start(*pair, told)) for pair in others]
        try:
            await asyncio.gather(*starting)
        except BaseException:  # one failed: the others must not go on starting while we stop
            for task in starting:
                task.cancel()
            await asyncio.gather(*starting, return_exceptions=True)
            raise

    async def stop(self) -> None:
        """Stop taking requests, then messages, then let go of the carriers."""
        for server, _ in self._servers:
            server.should_exit = True
        for _, task in self._servers:
            await task
        for node in self.nodes.values():
            await node.stop()
        for transport in self._transports:
            await transport.close()
        for centre in self._centres:
            centre.close()
        if self._clock is not None:
            await self._clock.close()

    @property
    def clock(self) -> Clock:
        """The bus's time, the same for every instance here; the machine's before the start."""
        return self._clock.clock if self._clock else SystemClock()

    def url(self, name: str) -> str:
        """Where an instance answers HTTP."""
        settings = self.nodes[name].settings
        return f"http://{settings.host}:{settings.port}"

    async def _start(self, instance: Instance, settings: Settings, told: Callable[[str], None]) -> None:
        url = database_url(settings.database_url, settings.data_dir, instance.name)
        if instance.address is None:
            means = Means(instance.name, self._embedded, url, clock=self.clock, is_inline=self.is_inline)
            await self._embedded.open()
        else:
            enrolled = await _identity(instance.address, instance.name, settings)
            centre = Centre(settings.nuc_url, enrolled.anchors, revocation=Mode(settings.revocation))
            self._centres.append(centre)
            transport = await self._transport(instance.name, settings)
            means = Means(
                instance.name, transport, url, enrolled.identity, centre, self.clock, is_inline=self.is_inline
            )
        node = Node(instance.load(), settings, means)
        await _patiently(node.start)
        self.nodes[instance.name] = node
        for port in settings.ports:
            await self._serve(node, port)
        told(instance.name)

    async def _transport(self, name: str, settings: Settings) -> Transport:
        if settings.amqp_url is None:
            await self._embedded.open()
            return self._embedded
        # no start waits for this whose carrier is in the process
        from shared.bus.carriers.amqp import AmqpTransport

        transport = AmqpTransport(settings.amqp_url, name, PATIENCE)
        await transport.open()
        self._transports.append(transport)
        return transport

    async def _serve(self, node: Node, port: int) -> None:
        config = uvicorn.Config(
            node.app,
            host=node.settings.host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        server = Server(config)
        task = asyncio.create_task(server.serve())
        self._servers.append((server, task))
        while not server.started:
            if task.done():
                task.result()
            await asyncio.sleep(0.002)


async def _identity(address: str, name: str, settings: Settings) -> Enrolled:
    home = settings.data_dir / name
    known = read_enrolled(home, address)
    if known is not None:
        return known
    token = settings.tokens / f"{address}.json"
    enrolled: Enrolled = await _patiently(lambda: enrol(home, address, settings.nuc_url, token))
    return enrolled


async def _patiently(act: Callable[[], Any]) -> Any:
    """Try again while something is not there yet, for a minute at most."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + PATIENCE
    while True:
        try:
            return await act()
        except Unavailable as error:
            if clock() > deadline:
                raise
            log("start.waiting", code=error.code, error=error.message)
            await SystemClock().sleep(0.2)


def _check_ports(wanted: Wanted) -> None:
    for instance, settings in wanted:
        for port in settings.ports:
            _check_port(instance.name, settings.host, port)


def _check_port(name: str, host: str, port: int) -> None:
    try:
        ports.bound(port, host).close()
    except OSError as error:
        message = f"{name}: port {port} is taken ({error.strerror}); set EGOV_PORT_OFFSET"
        raise Unavailable("port-taken", message) from None
