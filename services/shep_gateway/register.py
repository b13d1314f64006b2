"""What the register holds at first: everything that the passports and the registers of the country need."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

from sqlmodel import Session

from services.shep_gateway import storage
from services.shep_gateway.domain import INITIATOR, Directions, Member, Right, Route
from shared.bus.message import MessageType
from shared.contracts import addresses
from shared.contracts.payments import PAYMENT_SERVICE
from shared.contracts.registers import CITIZEN_SERVICE, PERSON_SERVICE, POWER_SERVICE
from shared.regulations.model import Passport, StepTable

FRESH_SECONDS = 5.0

MEMBERS = (
    Member(addresses.PORTAL, "ПЭП", is_regional=False, is_active=True),
    Member(addresses.MIO, "ИС МИО", is_regional=True, is_active=True),
    Member(addresses.CON, "ИС ЦОН", is_regional=False, is_active=True),
    Member(addresses.NR_IIN, "НР ИИН", is_regional=False, is_active=True),
    Member(addresses.ENIS, "ЕНИС", is_regional=False, is_active=True),
    Member(addresses.CGO, "ИС ЦГО", is_regional=False, is_active=True),
    Member(addresses.GCVP, "ГЦВП", is_regional=False, is_active=True),
)

QUERIES = (
    (PERSON_SERVICE, addresses.NR_IIN, (addresses.PORTAL, addresses.CON)),
    (POWER_SERVICE, addresses.ENIS, (addresses.CON, addresses.PORTAL)),
    (CITIZEN_SERVICE, addresses.CGO, (addresses.MIO, addresses.CON)),
    (PAYMENT_SERVICE, addresses.GCVP, (addresses.MIO,)),
)


class Register:
    """The register in memory, read again when it changes here and every few seconds for the other replicas."""

    def __init__(self) -> None:
        self._directions: Directions | None = None
        self._read_at = 0.0
        self._lock = Lock()

    def directions(self, session: Session) -> Directions:
        with self._lock:
            if self._directions is None or time.monotonic() - self._read_at > FRESH_SECONDS:
                self._directions, self._read_at = storage.load_directions(session), time.monotonic()
            return self._directions

    def forget(self) -> None:
        """The data changed: read them again."""
        with self._lock:
            self._directions = None


def rights(passports: Sequence[Passport]) -> Iterator[Right]:
    """Whoever performs a step may send what the step sends; whoever may ask a register may ask it."""
    for passport, _, table in _tables(passports):
        for row in table.rows:
            for sending in row.performs.sends:
                yield Right(row.performs.system, passport.service_type, sending.message)
    for service, provider, askers in QUERIES:
        yield Right(provider, service, MessageType.RESPONSE)
        yield from (Right(asker, service, MessageType.REQUEST) for asker in askers)


def routes(passports: Sequence[Passport]) -> Iterator[Route]:
    """The recipients of each step's messages, as the passports name them, and the registers' answers."""
    for passport, channel, table in _tables(passports):
        for row in table.rows:
            for sending in row.performs.sends:
                for recipient in sending.to:
                    yield Route(passport.service_type, passport.region, sending.message, channel, row.n, recipient)
    for service, provider, _ in QUERIES:
        yield Route(service, None, MessageType.REQUEST, None, None, provider)
        yield Route(service, None, MessageType.RESPONSE, None, None, INITIATOR)


def _tables(passports: Sequence[Passport]) -> Iterable[tuple[Passport, str, StepTable]]:
    return (
        (passport, channel, table) for passport in passports for channel, table in passport.step_tables.items()
    )
