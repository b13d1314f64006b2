"""What a load needs before it begins: a participant, signed calls, citizens who are logged in."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from services.tools.load.connections import ConnectionPool
from services.tools.load.generator import LoadSender
from services.tools.load.schedule import LoadPlan
from services.tools.load.sending.door_calls import LoadCitizen, RestQuestions, SoapCalls, WholeCases
from services.tools.load.sending.relayed_messages import open_relay
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import Malformed, Refused
from shared.bus.http.tls import server_check
from shared.client import ApiError, PortalClient, certify_person
from shared.client.participants import JoinedParticipant, JoiningOrder, Operators
from shared.contracts.population import make_population
from shared.contracts.registers import PERSON_SERVICE, TEMP_FILES_SERVICE, UNIVERSAL_PERSON_SERVICE
from shared.pki.certificates.keys import new_ec_key, new_rsa_key
from shared.regulations.passport_book import PassportBook

ASKED_PEOPLE = 500
PREPARING_AT_ONCE = 8
CASE_SERVICE = "KZ-YUZ.3"

OnProgress = Callable[[str, int, int], None]
"""Told what is prepared, how much of it is done, and how much there is."""


class LoadProfile(StrEnum):
    """What is called."""

    REGISTER = "register"
    FILES = "files"
    CASES = "cases"
    RELAY = "relay"


class LoadDoor(StrEnum):
    """By which door the gateway is called."""

    REST = "rest"
    SOAP = "soap"
    AMQP = "amqp"


@dataclass(frozen=True)
class LoadTarget:
    """The addresses of an installation, and the people that it knows."""

    gateway_url: str
    portal_url: str
    nuc_url: str
    seed: int
    size: int
    broker_url: str | None = None
    """The broker of the gateway, for the door amqp."""


@dataclass(frozen=True)
class LoadWish:
    """What the person at the command line wants."""

    profile: LoadProfile
    door: LoadDoor
    plan: LoadPlan
    users: int
    service: str = CASE_SERVICE


DOORS_OF_PROFILES = {
    LoadProfile.REGISTER: (LoadDoor.REST, LoadDoor.SOAP, LoadDoor.AMQP),
    LoadProfile.FILES: (LoadDoor.SOAP,),
    LoadProfile.CASES: (LoadDoor.REST,),
    LoadProfile.RELAY: (LoadDoor.REST,),
}


def check_wish(wish: LoadWish, target: LoadTarget) -> None:
    """Malformed ``load-wish`` for a profile that the door cannot serve, and for a queue without a broker."""
    doors = DOORS_OF_PROFILES[wish.profile]
    if wish.door not in doors:
        raise Malformed("load-wish", f"the profile {wish.profile} is called by --door {' or '.join(doors)}")
    if wish.door is LoadDoor.AMQP and target.broker_url is None:
        raise Malformed("load-wish", "the door amqp needs the gateway's broker: AMQP_URL, or up --processes")


def order_participant(wish: LoadWish) -> JoiningOrder:
    """The participant that a load needs; nobody else knows its name."""
    has_queue = wish.door is LoadDoor.AMQP
    asks = (PERSON_SERVICE, UNIVERSAL_PERSON_SERVICE, TEMP_FILES_SERVICE)
    return JoiningOrder(f"load-{secrets.token_hex(4)}", "egov-bus load", asks=asks, has_queue=has_queue)


@asynccontextmanager
async def prepare_sender(
    wish: LoadWish, target: LoadTarget, operators: Operators, tell: OnProgress
) -> AsyncIterator[LoadSender]:
    """The sender of a load, which is ready to be called; what joined for it leaves again."""
    check_wish(wish, target)
    if wish.profile is LoadProfile.CASES:
        citizens = await _prepare_citizens(wish, target, tell)
        try:
            yield await _make_cases(wish, citizens)
        finally:
            for citizen in citizens:
                await citizen.portal.close()
        return
    if wish.profile is LoadProfile.RELAY:
        async with open_relay(target.gateway_url, operators) as relay:
            yield relay
        return
    order = order_participant(wish)
    asker = await operators.join(order, await asyncio.to_thread(new_rsa_key))
    try:
        async with _open_door(wish, target, asker, tell) as sender:
            yield sender
    finally:
        await operators.leave(order.address)


@asynccontextmanager
async def _open_door(
    wish: LoadWish, target: LoadTarget, asker: JoinedParticipant, tell: OnProgress
) -> AsyncIterator[LoadSender]:
    if wish.door is LoadDoor.AMQP:
        from services.tools.load.sending.queue_questions import open_queue  # with it comes aio-pika

        async with open_queue(asker, target.broker_url or "", list_iins(target)) as queue:
            yield queue
        return
    pool = ConnectionPool(target.gateway_url, server_check(target.gateway_url))
    try:
        yield await _make_calls(wish, target, pool, asker, tell)
    finally:
        await pool.close()


def list_iins(target: LoadTarget) -> list[str]:
    """The people who are asked about."""
    people = make_population(target.seed, target.size)
    return [person.iin for person in people if person.is_alive][:ASKED_PEOPLE]


async def _make_calls(
    wish: LoadWish, target: LoadTarget, pool: ConnectionPool, asker: JoinedParticipant, tell: OnProgress
) -> LoadSender:
    iins = list_iins(target)
    count, moment = wish.plan.count_calls(), SystemClock().now()
    if wish.profile is LoadProfile.REGISTER and wish.door is LoadDoor.REST:
        return RestQuestions(pool, asker, iins)
    tell("signing calls", 0, count)
    if wish.profile is LoadProfile.FILES:
        calls = await SoapCalls.prepare_files(pool, asker, count, target.seed, moment)
    else:
        calls = await SoapCalls.prepare_questions(pool, asker, iins, count, moment)
    tell("signing calls", count, count)
    return calls


async def _make_cases(wish: LoadWish, citizens: Sequence[LoadCitizen]) -> WholeCases:
    passport = PassportBook.load().get_passport(wish.service)
    authorities = [row["code"] for row in await citizens[0].portal.list_authorities(wish.service)]
    return WholeCases(passport, authorities, citizens)


async def _prepare_citizens(wish: LoadWish, target: LoadTarget, tell: OnProgress) -> list[LoadCitizen]:
    """Register citizens of the population who have no account yet; each has a key of its own."""
    people = iter([person for person in make_population(target.seed, target.size) if person.is_alive])
    citizens: list[LoadCitizen] = []

    async def register_some() -> None:
        for person in people:
            if len(citizens) >= wish.users:
                return
            portal, password = PortalClient(target.portal_url), secrets.token_urlsafe(12)
            try:
                await portal.register_citizen(person.iin, password)
            except ApiError as error:
                await portal.close()
                if error.code != "already-registered":
                    raise
                continue
            await portal.log_in(person.iin, password)
            names = (person.surname, person.name, person.patronymic)
            signer = await certify_person(target.nuc_url, person.iin, *names, key=new_ec_key())
            citizens.append(LoadCitizen(signer, portal))
            tell("citizens", len(citizens), wish.users)

    await asyncio.gather(*(register_some() for _ in range(PREPARING_AT_ONCE)))
    if not citizens:
        raise Refused("load-citizens", "every person of the population has an account already")
    return citizens
