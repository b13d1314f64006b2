"""The initial register: members, rights and routes for all passports and registers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Lock

from sqlmodel import Session

from services.shep_gateway import storage
from services.shep_gateway.chains import provider_of, system_messages
from services.shep_gateway.domain import INITIATOR, AccessRight, GatewayMember, GatewayRoute, RegisterSnapshot
from services.shep_gateway.seeding import seed_register
from shared.bus.messages.message import MessageType
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses
from shared.contracts.cases import qualified_step
from shared.contracts.payments import PAYMENT_SERVICE
from shared.contracts.registers import (
    CITIZEN_SERVICE,
    CONSENT_SERVICE,
    KDP_SERVICE,
    ORGANISATION_SERVICE,
    PERSON_SERVICE,
    POWER_SERVICE,
    TEMP_FILES_SERVICE,
    TOKEN_PERSON_SERVICE,
    UNIVERSAL_PERSON_SERVICE,
)
from shared.regulations.passport_book import PassportBook

FRESH_SECONDS = 5.0

MEMBERS = (
    GatewayMember(addresses.PORTAL, "ПЭП", is_regional=False, is_active=True),
    GatewayMember(addresses.MIO, "ИС МИО", is_regional=True, is_active=True),
    GatewayMember(addresses.CON, "ИС ЦОН", is_regional=False, is_active=True),
    GatewayMember(addresses.NR_IIN, "НР ИИН", is_regional=False, is_active=True),
    GatewayMember(addresses.ENIS, "ЕНИС", is_regional=False, is_active=True),
    GatewayMember(addresses.CGO, "ИС ЦГО", is_regional=False, is_active=True),
    GatewayMember(addresses.GCVP, "ГЦВП", is_regional=False, is_active=True),
    GatewayMember(addresses.KDP, "КДП", is_regional=False, is_active=True),
    GatewayMember(addresses.GBD_UL, "ГБД ЮЛ", is_regional=False, is_active=True),
    GatewayMember(addresses.TEMP_FILES, "EDS_TEMP_FILES", is_regional=False, is_active=True),
    GatewayMember(addresses.ESOBES, "ИС Е-собес", is_regional=False, is_active=True),
    GatewayMember(addresses.RYNOK, "ИС «Рынок труда»", is_regional=False, is_active=True),
    GatewayMember(addresses.ELICENSE, "ИС ГБД «Е-лицензирование»", is_regional=False, is_active=True),
    GatewayMember(addresses.ARM_SHEP, "АРМ ШЭП", is_regional=False, is_active=True),
    GatewayMember(addresses.ARM_RSHEP, "АРМ РШЭП", is_regional=True, is_active=True),
)

REGISTER_QUERIES = (
    (PERSON_SERVICE, addresses.NR_IIN, (addresses.PORTAL, addresses.CON, addresses.MIO)),
    (POWER_SERVICE, addresses.ENIS, (addresses.CON, addresses.PORTAL)),
    (CITIZEN_SERVICE, addresses.CGO, (addresses.CON, *addresses.PROVIDERS)),
    (PAYMENT_SERVICE, addresses.GCVP, addresses.PROVIDERS),
    (UNIVERSAL_PERSON_SERVICE, addresses.NR_IIN, ()),
    (TOKEN_PERSON_SERVICE, addresses.NR_IIN, ()),
    (KDP_SERVICE, addresses.KDP, ()),
    (CONSENT_SERVICE, addresses.KDP, (addresses.NR_IIN,)),
    (ORGANISATION_SERVICE, addresses.GBD_UL, ()),
    (TEMP_FILES_SERVICE, addresses.TEMP_FILES, ()),
)


class CachedRegister:
    """The register in memory, read again after a change here, and every few seconds for changes by other
    replicas.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._directions: RegisterSnapshot | None = None
        self._read_at = 0.0
        self._lock = Lock()

    def current_snapshot(self, session: Session) -> RegisterSnapshot:
        with self._lock:
            if self._directions is None or self._seconds() - self._read_at > FRESH_SECONDS:
                self._directions, self._read_at = storage.load_snapshot(session), self._seconds()
            return self._directions

    def invalidate_cache(self) -> None:
        """Forget the cached register, because its data changed."""
        with self._lock:
            self._directions = None


async def seed_at_start(runtime: Runtime) -> None:
    """Give the register the members, rights and routes of all passports and registers that it never had."""
    book = runtime.resource(PassportBook)
    rights, routes = list(derive_rights(book)), list(derive_routes(book))

    def seed_entries(uow: UnitOfWork) -> None:
        storage.add_new_indexes(uow.session)
        added = seed_register(uow.session, MEMBERS, rights, routes)
        if added:
            description = f"register: {added} entries of this version added"
            uow.write_later(storage.write_journal, storage.empty_entry(uow.now, "CHANGED", description))

    await runtime.write(seed_entries)


def derive_rights(book: PassportBook) -> Iterator[AccessRight]:
    """The rights of the passports' steps (the holder of a step sends its messages) and of queries to the
    registers.
    """
    for passport, graph in book.all_graphs():
        for message in system_messages(graph):
            sender = addresses.system_address(message.sender)
            yield AccessRight(sender, passport.service_type, MessageType(message.kind))
    for service, provider, askers in REGISTER_QUERIES:
        yield AccessRight(provider, service, MessageType.RESPONSE)
        yield from (AccessRight(asker, service, MessageType.REQUEST) for asker in askers)


def derive_routes(book: PassportBook) -> Iterator[GatewayRoute]:
    """The routes of each step's messages by the passports, and of the registers' queries and answers."""
    for passport, graph in book.all_graphs():
        provider = provider_of(graph)
        for message in system_messages(graph):
            yield GatewayRoute(
                passport.service_type,
                passport.region,
                MessageType(message.kind),
                graph.channel,
                qualified_step(graph.variant, message.step),
                addresses.system_address(message.recipient),
                is_provider=message.recipient == provider,
            )
    for service, register, _ in REGISTER_QUERIES:
        yield GatewayRoute(service, None, MessageType.REQUEST, None, None, register, is_provider=True)
        yield GatewayRoute(service, None, MessageType.RESPONSE, None, None, INITIATOR)
