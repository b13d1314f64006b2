"""The participants of a case: the chain of messages that the gateway stores, and the refusal of other senders.

A right allows a system to send messages of a service, in any case. This module adds the check by case: the
``correlationId`` of a message names the case, and only a participant of that case may send the message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from services.shep_gateway.domain import RegisterSnapshot
from shared.bus.errors import NotFound, Refused
from shared.bus.messages.message import MessageInfo, MessageType
from shared.bus.persistence.hot_tables import HotColumn
from shared.bus.runtime.unit_of_work import ReceivedMessage
from shared.casework.runner import REGISTERS
from shared.contracts import addresses
from shared.contracts.cases import (
    CHANNEL,
    MAIN,
    REGULATION,
    TAKEN_BY,
    qualified_step,
    qualified_step_of,
    variant_of,
)
from shared.regulations.model import System
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import MessageRoute, ProcessGraph
from shared.regulations.process.process_state import GATEWAYS

ProcessKey = tuple[str, str, str, str]
"""Service, region, channel, variant; "" where a message names none."""


@dataclass(frozen=True, slots=True)
class CaseChain:
    """The chain of messages of one case, or of one query to a register.

    ``initiator`` is the sender of the first message; ``provider`` is the recipient of the first REQUEST, empty
    before that REQUEST.
    """

    case_id: Annotated[str, HotColumn(length=100, is_key=True)]
    service_id: Annotated[str, HotColumn(length=100)]
    region: Annotated[str, HotColumn(length=100)]
    channel: Annotated[str, HotColumn(length=20)]
    variant: Annotated[str, HotColumn(length=40)]
    initiator: Annotated[str, HotColumn(length=100)]
    provider: Annotated[str, HotColumn(length=100)] = ""

    def assign_provider(self, recipient: str) -> Self:
        """The chain with ``recipient`` as its provider, unless an earlier REQUEST has set the provider."""
        if self.provider:
            return self
        process = (self.service_id, self.region, self.channel, self.variant)
        return type(self)(self.case_id, *process, self.initiator, recipient)  # a third of the time of ``replace``


@dataclass(frozen=True, slots=True)
class AdmittedMessage:
    """A message that ШЭП lets pass: its chain, and the system of the passport that holds its step; no holder for
    a question to a register.
    """

    chain: CaseChain
    holder: str | None
    is_question: bool = False


@dataclass(frozen=True, slots=True)
class AskedCase:
    """The case for which a system asks a register, and the system of the passport in whose name the asker acts."""

    chain: CaseChain
    holder: str


@dataclass(frozen=True, slots=True)
class CitizenSide:
    """The citizen's side of a case with a guest: the passport's system there, and the participant of the doors
    that takes its steps; both "" in a case without a guest.
    """

    front: str = ""
    guest: str = ""


@dataclass(frozen=True)
class ProcessSenders:
    """The senders of the messages of one process, by step."""

    provider: str
    """The system that provides the service; "" where no message brings the application to it."""
    by_step: Mapping[tuple[str, str], str]
    """By message type and step: the system that takes the step and sends its messages."""
    holders: frozenset[str]
    """The systems that take a step."""
    beginners: frozenset[str]
    """The systems at which a case may begin: the citizen's side, else any holder of a step."""
    front: str = ""
    """The system on the citizen's side; "" where the citizen deals with the provider directly."""

    @classmethod
    def from_graph(cls, graph: ProcessGraph) -> Self:
        senders: dict[tuple[str, str], str] = {
            (route.kind, qualified_step(graph.variant, route.step)): addresses.system_address(route.sender)
            for route in system_messages(graph)
        }
        systems = {node.holder for node in graph.nodes} - {GATEWAYS}
        holders = frozenset(map(addresses.system_address, systems))
        front = graph.front_system
        beginners = holders if front is None else frozenset({addresses.system_address(front)})
        provider = addresses.system_address(provider_of(graph) or "")
        return cls(provider, senders, holders, beginners, "" if front is None else addresses.system_address(front))


class ProcessIndex:
    """The senders of each process by the passports; a process is read at its first message."""

    def __init__(self, book: PassportBook) -> None:
        self._book = book
        self._senders: dict[ProcessKey, ProcessSenders | None] = {}

    def senders_of(self, process: ProcessKey) -> ProcessSenders | None:
        """The senders of a passport's process; None for a service of no passport, such as a register's."""
        if process not in self._senders:
            graph = self._book.find_graph(*process)
            if graph is None:
                return None  # not cached: a sender could name any number of processes
            self._senders[process] = ProcessSenders.from_graph(graph)
        return self._senders[process]

    def find_guest(
        self, info: MessageInfo, sender: str, chain: CaseChain | None, snapshot: RegisterSnapshot
    ) -> CitizenSide:
        """The citizen's side of a case that a participant of the doors began, or begins by this message."""
        beginner = chain.initiator if chain is not None else sender
        senders = self.senders_of(_process_of(info)) if snapshot.is_at_door(beginner) else None
        return CitizenSide(senders.front, beginner) if senders is not None and senders.front else CitizenSide()

    def admit_message(
        self, info: MessageInfo, sender: str, chain: CaseChain | None, taker: str, guest: str = ""
    ) -> AdmittedMessage:
        """The chain of an admitted message, and the holder of its step; the first message of a case begins a new
        chain.

        Deny by default: the message must name the service, region, channel and variant of the case, and the
        sender must take part in the case.

        In a process of a passport, the sender must hold the step that the message names. For a step of the
        provider, the sender must be the ``taker`` of the case (``find_taker``; "" before there is one). For a step
        of the citizen's side, the sender must be the ``guest`` that began the case, where one did
        (``find_guest``). In a query to a register, the sender must be the system that asks or the register.

        Refused ``case-mismatch`` (``details["differs"]`` lists what differs), ``not-a-participant``; NotFound
        ``chain-unknown`` for an answer without a query.
        """
        process = _process_of(info)
        senders = self.senders_of(process)
        if senders is None:
            process = (*process[:2], "", MAIN)
        if chain is not None:
            _check_same_process(process, chain)
        if senders is None:
            _check_question(info, sender, chain)
            holder = None
        else:
            holder = _check_step(info, sender, senders, taker, guest)
        return AdmittedMessage(
            chain or CaseChain(info.correlation_id, *process, sender), holder, is_question=senders is None
        )

    def admit_asker(
        self, info: MessageInfo, sender: str, case_id: str, chain: CaseChain | None, taker: str
    ) -> AskedCase:
        """The case ``case_id`` that a question names, with its chain if there is one, for a sender that takes part
        in the case.

        A case without a chain is being taken in: only a system at which such a case begins may ask, and becomes
        the initiator. NotFound ``regulation-unknown``; Refused ``case-mismatch`` where the question names another
        process than the case, ``not-a-participant``.
        """
        passport = self._book.get_passport(info.find_property(REGULATION) or "")
        process = (passport.service_type, passport.region, info.find_property(CHANNEL) or "", variant_of(info))
        senders = self.senders_of(process)
        named = {
            "case": case_id != info.correlation_id,
            "region": info.route_id == passport.region,
            "channel": senders is not None,
        }
        if senders is None or not all(named.values()):
            differing = [name for name, is_same in named.items() if not is_same]
            raise Refused("case-mismatch", "the question names no process of the act", differs=differing)
        if chain is None:
            if sender not in senders.beginners:
                raise Refused("not-a-participant", "such a case begins at another system")
            return AskedCase(CaseChain(case_id, *process, sender), sender)
        _check_same_process(process, chain)
        return AskedCase(chain, _holder_of_asker(sender, senders, chain, taker))


def find_taker(received: ReceivedMessage, chain: CaseChain | None, snapshot: RegisterSnapshot) -> str:
    """The system that took the case in as its provider; "" before there is one.

    In a region ШЭП does not choose among the systems: the region's РШЭП does, by its own routes, and attests to
    the system to which РШЭП brought the case. РШЭП is believed about systems of its region only.
    """
    provider = chain.provider if chain is not None else ""
    if snapshot.is_regional(provider) and snapshot.is_regional(received.sender.address):
        taken_by = received.hop.get(TAKEN_BY)
        return taken_by if isinstance(taken_by, str) and snapshot.is_regional(taken_by) else provider
    return provider


def _process_of(info: MessageInfo) -> ProcessKey:
    return info.service_id, info.route_id or "", info.find_property(CHANNEL) or "", variant_of(info)


def _check_step(info: MessageInfo, sender: str, senders: ProcessSenders, taker: str, guest: str) -> str | None:
    """The system of the passport that holds the message's step; None where no route leads on from such a step, and
    the register refuses the message.
    """
    holder = senders.by_step.get((info.message_type.value, qualified_step_of(info) or ""))
    if holder is None:
        return None
    actor = guest if guest and holder == senders.front else holder
    if sender != (taker if taker and holder == senders.provider else actor):
        raise Refused("not-a-participant", "another system takes this step of the case")
    return holder


def _holder_of_asker(sender: str, senders: ProcessSenders, chain: CaseChain, taker: str) -> str:
    """The system of the passport in whose name the sender takes part: the provider's for the system that took the
    case in its place, else the sender itself.
    """
    if taker and sender == taker:
        return senders.provider or sender
    if sender == chain.initiator or sender in senders.holders - {senders.provider}:
        return sender
    raise Refused("not-a-participant", "the asker takes no part in the case")


def _check_same_process(process: ProcessKey, chain: CaseChain) -> None:
    own = (chain.service_id, chain.region, chain.channel, chain.variant)
    names = ("service", "region", "channel", "variant")
    if differing := [name for name, left, right in zip(names, process, own, strict=True) if left != right]:
        raise Refused("case-mismatch", "the message names another process than the case", differs=differing)


def _check_question(info: MessageInfo, sender: str, chain: CaseChain | None) -> None:
    if chain is None:
        if info.message_type is not MessageType.REQUEST:
            raise NotFound("chain-unknown", "the message answers a query that is not known")
        return
    expected = chain.initiator if info.message_type is MessageType.REQUEST else chain.provider
    if sender != expected:
        raise Refused("not-a-participant", "the sender takes no part in this query")


def provider_of(graph: ProcessGraph) -> System | None:
    """The system to which the citizen's side sends the application; None for a process without such a message."""
    requests = (
        message
        for message in system_messages(graph)
        if (message.kind, message.sender) == ("REQUEST", graph.front_system)
    )
    return next((message.recipient for message in requests), None)


def system_messages(graph: ProcessGraph) -> Iterator[MessageRoute]:
    """The messages between systems under the service's own code; queries to registers have other codes."""
    return (message for message in graph.message_routes() if message.recipient not in REGISTERS)
