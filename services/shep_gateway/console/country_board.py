"""The country at one moment, for the live map: the systems, the flow, what waits, and the faults in force.

All watchers share one look a second: twenty windows cost as much as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from services.shep_gateway.console.country_systems import CountrySystems, instance_of
from services.shep_gateway.console.message_flow import (
    FlowPicture,
    FlowWatch,
    Latency,
    count_mailboxes,
    measure_latency,
)
from services.shep_gateway.domain import RegisterSnapshot
from services.shep_gateway.register import CachedRegister
from shared.bus.errors import BusError
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts import addresses
from shared.sandbox.rule_book import RuleBook

LOOK_SECONDS = 1.0
"""How old a picture may be that a watcher is shown."""
MOST_AT_ONCE = 5
"""How many systems are asked at once: in the sandbox all of them share one process."""
SLOW_LOOK_SECONDS = 4.0
"""The same for what other systems are asked: their state and their faults."""


@dataclass(frozen=True)
class ObservedSystem:
    """One system of the picture; ``is_ready`` is None for a silent one, and for a participant of the doors."""

    address: str
    title: str
    is_ready: bool | None
    is_active: bool
    is_at_door: bool
    sent_count: int
    received_count: int
    refused_count: int
    latency: Latency | None
    waiting: int
    """How many messages wait in its queue or mailbox."""
    has_consumer: bool


@dataclass(frozen=True)
class ForcedFault:
    """A fault in force: ``kind`` is ``pki``, ``conduct``, ``stopped`` or ``route``, ``details`` plain values."""

    kind: str
    system: str
    details: Mapping[str, str]


@dataclass(frozen=True)
class BoardPicture:
    """The country now; ``seconds`` is how long its flow has been watched."""

    at: datetime
    seconds: float
    systems: Sequence[ObservedSystem]
    faults: Sequence[ForcedFault]


@dataclass
class _SlowFacts:
    """What the other systems told at the last slow look."""

    ready: Mapping[str, bool | None] = field(default_factory=dict)
    faults: Sequence[ForcedFault] = ()


class CountryBoard:
    """Makes the pictures; the resource of the live map."""

    def __init__(self, country: CountrySystems) -> None:
        self._country = country
        self._flow = FlowWatch()
        self._lock = asyncio.Lock()
        self._picture: BoardPicture | None = None
        self._slow = _SlowFacts()
        self._slow_at: float | None = None
        self._looked_at = 0.0

    async def show(self, runtime: Runtime) -> BoardPicture:
        """The picture of now, at most a second old."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if self._picture is None or now - self._looked_at >= LOOK_SECONDS:
                if self._slow_at is None or now - self._slow_at >= SLOW_LOOK_SECONDS:
                    self._slow, self._slow_at = await self._look_slowly(), now
                self._picture, self._looked_at = await self._look(runtime), now
            return self._picture

    def forget(self) -> None:
        """Ask the other systems anew at the next look: the operator has just changed something."""
        self._slow_at, self._picture = None, None

    async def _look(self, runtime: Runtime) -> BoardPicture:
        machine_now = runtime.machine_now

        def read(session: Session) -> tuple[RegisterSnapshot, FlowPicture, dict[str, Latency], dict[str, int]]:
            snapshot = runtime.resource(CachedRegister).current_snapshot(session)
            self._flow.look(session, machine_now)
            regional = {member.address for member in snapshot.members.values() if member.is_regional}
            doors = [member.address for member in snapshot.members.values() if member.is_at_door]
            latencies, boxes = measure_latency(session), count_mailboxes(session, doors)
            return snapshot, self._flow.picture(regional), latencies, boxes

        snapshot, flow, latencies, boxes = await runtime.read(read)
        everybody = list(
            dict.fromkeys((*snapshot.members, *addresses.REGIONAL_GATEWAYS, addresses.GATEWAY, addresses.NUC))
        )
        queues = dict(
            zip(everybody, await asyncio.gather(*(_inspect(runtime, system) for system in everybody)), strict=True)
        )
        systems = []
        for address in everybody:
            member = snapshot.members.get(address)
            queue = queues[address]
            systems.append(
                ObservedSystem(
                    address,
                    member.title if member else address,
                    True if address == addresses.GATEWAY else self._slow.ready.get(address),
                    member is None or member.is_active,
                    member is not None and member.is_at_door,
                    flow.sent_count.get(address, 0),
                    flow.received_count.get(address, 0),
                    flow.refused_count.get(address, 0),
                    latencies.get(address),
                    boxes.get(address, 0) + (queue[0] if queue else 0),
                    queue is None or queue[1] > 0,
                )
            )
        faults = [*self._slow.faults, *_register_faults(snapshot), *_rule_faults(runtime)]
        return BoardPicture(runtime.now, flow.seconds, systems, faults)

    async def _look_slowly(self) -> _SlowFacts:
        places = self._country.places.values()
        turns = asyncio.Semaphore(MOST_AT_ONCE)

        async def ask_state(name: str) -> bool | None:
            async with turns:
                return await self._country.is_ready(name)

        states = await asyncio.gather(*(ask_state(place.name) for place in places))
        ready = {place.address: state for place, state in zip(places, states, strict=True)}
        return _SlowFacts(ready, [*await self._ask_faults("is_nuc"), *await self._ask_faults("is_cgo")])

    async def _ask_faults(self, name: str) -> list[ForcedFault]:
        path, kind = ("/api/v1/faults", "pki") if name == "is_nuc" else ("/api/v1/conduct", "conduct")
        try:
            rows: list[dict[str, Any]] = await self._country.ask(name, path)
        except BusError:
            return []
        return [
            ForcedFault(kind, name, {key: str(value) for key, value in row.items() if value is not None})
            for row in rows
        ]


async def _inspect(runtime: Runtime, address: str) -> tuple[int, int] | None:
    """The messages and the consumers of a queue; None without one, or while the carrier is away."""
    try:
        state = await runtime.inspect_queue(address)
    except BusError:
        return None
    return None if state is None else (state.messages, state.consumers)


def _rule_faults(runtime: Runtime) -> list[ForcedFault]:
    """The rules of the country that are in force; those of systems' own boards are asked of the systems."""
    book = runtime.resource(RuleBook)
    return [
        ForcedFault("rule", active.rule.system or addresses.GATEWAY, {"name": active.effect.kind.value})
        for active in book.list_active("country")
        if book.is_in_force(active)
    ]


def _register_faults(snapshot: RegisterSnapshot) -> list[ForcedFault]:
    stopped = [
        ForcedFault("stopped", member.address, {}) for member in snapshot.members.values() if not member.is_active
    ]
    moved = [
        ForcedFault("route", route.recipient, {"service": route.service_type, "region": route.region})
        for route in snapshot.list_service_routes()
        if route.is_changed
    ]
    return [*stopped, *moved]


def place_of(address: str) -> str:
    """The instance with this address, as the words of the console name it."""
    return instance_of(address)
