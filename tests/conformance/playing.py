"""Runs of the kit in this process: the participant and the kit share one event loop and no network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from copy import copy
from functools import cache
from typing import Any

import httpx

from services.tools.conformance.kit_keys import KitKeys, make_keys
from services.tools.conformance.roles.role_list import load_roles
from services.tools.conformance.roles.soap.push_caller import ServedTarget
from services.tools.conformance.run import ConformanceReport, ConformanceRun
from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.clocks.clock import SystemClock
from tests.conformance.participants.amqp_participant import AmqpParticipant
from tests.conformance.participants.buggy import SeededBugs
from tests.conformance.participants.case_participants import (
    MailboxWorker,
    PortalParticipant,
    ProviderParticipant,
    RegisterParticipant,
)
from tests.conformance.participants.phone_server import PhoneServer
from tests.conformance.participants.rest_participant import RestParticipant
from tests.conformance.participants.soap_client import AsyncClient, SyncClient
from tests.conformance.participants.soap_endpoint import SoapEndpoint

TOKEN = "t0ken-of-the-participant"
ADDRESS = "my-system"
KIT = "http://kit.test"

PlayParticipant = Callable[[httpx.AsyncClient, KitKeys], Awaitable[None]]


@cache
def shared_keys() -> KitKeys:
    """One set of keys for all runs: RSA keys take time."""
    return make_keys(ADDRESS, SystemClock().now(), TOKEN)


def fresh_keys() -> KitKeys:
    keys = copy(shared_keys())
    keys.people = dict(keys.people)
    return keys


async def play_caller(role: str, participant: PlayParticipant, seconds: float = 90.0) -> ConformanceReport:
    """A run of a role in which the participant calls the kit; the run ends when the participant does."""
    run = ConformanceRun(load_roles()[role], fresh_keys(), seconds)
    assert run.app is not None
    transport = httpx.ASGITransport(run.app)
    async with httpx.AsyncClient(transport=transport, base_url=KIT) as client:
        playing = asyncio.create_task(run.play())
        with suppress(httpx.HTTPError):
            await participant(client, run.keys)
        run.finish()
        return await playing


async def play_role(role: str, bugs: SeededBugs) -> ConformanceReport:
    """A run of a role against the reference participant of it, with these bugs."""
    return await ROLES[role](bugs)


async def _play_rest(bugs: SeededBugs) -> ConformanceReport:
    return await play_caller("rest", lambda client, keys: RestParticipant(client, keys.token, bugs).live())


async def _play_sync(bugs: SeededBugs) -> ConformanceReport:
    return await play_caller("sync", lambda client, keys: SyncClient(client, keys, bugs).live())


async def _play_async(bugs: SeededBugs) -> ConformanceReport:
    return await play_caller("async", lambda client, keys: AsyncClient(client, keys, bugs).live())


async def play_server(
    role: str, make_target: Callable[[KitKeys], Any], path: str = "", seconds: float = 90.0
) -> ConformanceReport:
    """A run of a role in which the kit calls the participant, which is an ASGI application."""
    run = ConformanceRun(load_roles()[role], fresh_keys(), seconds)
    transport = httpx.ASGITransport(make_target(run.keys))
    async with httpx.AsyncClient(transport=transport) as client:
        return await run.play(ServedTarget(client, f"http://participant.test/{path}"))


async def _play_push(bugs: SeededBugs) -> ConformanceReport:
    return await play_server("push", lambda keys: SoapEndpoint(keys, bugs))


async def _play_amqp(bugs: SeededBugs) -> ConformanceReport:
    transport = EmbeddedTransport()
    await transport.open()
    run = ConformanceRun(load_roles()["amqp"], fresh_keys(), 90.0)
    run.trace.facts["patience"] = 4.0 if bugs.ids else 60.0
    living = asyncio.create_task(AmqpParticipant(transport, run.keys, bugs).live())
    await asyncio.sleep(0)
    try:
        return await run.play(transport)
    finally:
        living.cancel()
        await transport.close()


async def _play_phone(bugs: SeededBugs) -> ConformanceReport:
    return await play_server("phone", lambda keys: PhoneServer(keys, bugs), path="mgovSign")


def _play_mailbox(role: str, kind: type[MailboxWorker]) -> Callable[[SeededBugs], Awaitable[ConformanceReport]]:
    async def play(bugs: SeededBugs) -> ConformanceReport:
        return await play_caller(role, lambda client, keys: kind(client, keys, bugs).live())

    return play


ROLES: dict[str, Callable[[SeededBugs], Awaitable[ConformanceReport]]] = {
    "rest": _play_rest,
    "sync": _play_sync,
    "async": _play_async,
    "push": _play_push,
    "amqp": _play_amqp,
    "phone": _play_phone,
    "register": _play_mailbox("register", RegisterParticipant),
    "provider": _play_mailbox("provider", ProviderParticipant),
    "portal": _play_mailbox("portal", PortalParticipant),
}
