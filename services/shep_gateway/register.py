"""What the register holds at first: everything that the passports and the registers of the country need."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Lock

from sqlmodel import Session

from services.shep_gateway import storage
from services.shep_gateway.domain import INITIATOR, Directions, Member, Right, Route
from shared.bus.messages.message import MessageType
from shared.casework.runner import REGISTERS
from shared.contracts import addresses
from shared.contracts.cases import place
from shared.contracts.payments import PAYMENT_SERVICE
from shared.contracts.registers import CITIZEN_SERVICE, PERSON_SERVICE, POWER_SERVICE
from shared.regulations.book import PassportBook
from shared.regulations.model import System
from shared.regulations.process.graph import Graph, Message

FRESH_SECONDS = 5.0

MEMBERS = (
    Member(addresses.PORTAL, "ПЭП", is_regional=False, is_active=True),
    Member(addresses.MIO, "ИС МИО", is_regional=True, is_active=True),
    Member(addresses.CON, "ИС ЦОН", is_regional=False, is_active=True),
    Member(addresses.NR_IIN, "НР ИИН", is_regional=False, is_active=True),
    Member(addresses.ENIS, "ЕНИС", is_regional=False, is_active=True),
    Member(addresses.CGO, "ИС ЦГО", is_regional=False, is_active=True),
    Member(addresses.GCVP, "ГЦВП", is_regional=False, is_active=True),
    Member(addresses.ESOBES, "ИС Е-собес", is_regional=False, is_active=True),
    Member(addresses.RYNOK, "ИС «Рынок труда»", is_regional=False, is_active=True),
    Member(addresses.ELICENSE, "ИС ГБД «Е-лицензирование»", is_regional=False, is_active=True),
    Member(addresses.ARM_SHEP, "АРМ ШЭП", is_regional=False, is_active=True),
    Member(addresses.ARM_RSHEP, "АРМ РШЭП", is_regional=True, is_active=True),
)

QUERIES = (
    (PERSON_SERVICE, addresses.NR_IIN, (addresses.PORTAL, addresses.CON)),
    (POWER_SERVICE, addresses.ENIS, (addresses.CON, addresses.PORTAL)),
    (CITIZEN_SERVICE, addresses.CGO, (addresses.CON, *addresses.PROVIDERS)),
    (PAYMENT_SERVICE, addresses.GCVP, addresses.PROVIDERS),
)


class Register:
    """The register in memory, read again when it changes here and every few seconds for the other replicas."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._directions: Directions | None = None
        self._read_at = 0.0
        self._lock = Lock()

    def directions(self, session: Session) -> Directions:
        with self._lock:
            if self._directions is None or self._seconds() - self._read_at > FRESH_SECONDS:
                self._directions, self._read_at = storage.load_directions(session), self._seconds()
            return self._directions

    def forget(self) -> None:
        """The data changed: read them again."""
        with self._lock:
            self._directions = None


def rights(book: PassportBook) -> Iterator[Right]:
    """Whoever holds a step may send what the step sends; whoever may ask a register may ask it."""
    for passport, graph in book.all_graphs():
        for message in _between_systems(graph):
            sender = addresses.of_system(message.sender)
            yield Right(sender, passport.service_type, MessageType(message.kind))
    for service, provider, askers in QUERIES:
        yield Right(provider, service, MessageType.RESPONSE)
        yield from (Right(asker, service, MessageType.REQUEST) for asker in askers)


def routes(book: PassportBook) -> Iterator[Route]:
    """The recipients of each step's messages, as the passports name them, and the registers' answers."""
    for passport, graph in book.all_graphs():
        provider = provider_of(graph)
        for message in _between_systems(graph):
            yield Route(
                passport.service_type,
                passport.region,
                MessageType(message.kind),
                graph.channel,
                place(graph.variant, message.step),
                addresses.of_system(message.recipient),
                is_provider=message.recipient == provider,
            )
    for service, register, _ in QUERIES:
        yield Route(service, None, MessageType.REQUEST, None, None, register)
        yield Route(service, None, MessageType.RESPONSE, None, None, INITIATOR)


def provider_of(graph: Graph) -> System | None:
    """The system to which the citizen's side brings the application; None where it is made there and then."""
    requests = (one for one in _between_systems(graph) if (one.kind, one.sender) == ("REQUEST", graph.front))
    return next((one.recipient for one in requests), None)


def _between_systems(graph: Graph) -> Iterator[Message]:
    """What goes under the service's own code: registers are asked under theirs."""
    return (one for one in graph.messages() if one.recipient not in REGISTERS)
