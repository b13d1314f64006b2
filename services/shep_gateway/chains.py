"""Who takes part in a case: what the gateway remembers of a chain of messages, and whose messages it refuses.

A right says that a system may send messages of a service. It does not say in which case: a message belongs to the
case that its ``correlationId`` names, and a case belongs to the systems that take part in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Self

from services.shep_gateway.domain import RegisterSnapshot
from shared.bus.errors import NotFound, Refused
from shared.bus.messages.message import MessageInfo, MessageType
from shared.bus.persistence.hot_tables import HotColumn
from shared.casework.runner import REGISTERS
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, MAIN, qualified_step, qualified_step_of, variant_of
from shared.regulations.model import System
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import MessageRoute, ProcessGraph

ProcessKey = tuple[str, str, str, str]
"""Service, region, channel, variant; "" where a message names none."""


@dataclass(frozen=True, slots=True)
class CaseChain:
    """The chain of messages of one case, or of one question to a register, as the first messages made it.

    ``initiator`` sent the first message; ``provider`` is the system to which the first REQUEST went, "" before.
    """

    case_id: Annotated[str, HotColumn(length=100, is_key=True)]
    service_id: Annotated[str, HotColumn(length=100)]
    region: Annotated[str, HotColumn(length=100)]
    channel: Annotated[str, HotColumn(length=20)]
    variant: Annotated[str, HotColumn(length=40)]
    initiator: Annotated[str, HotColumn(length=100)]
    provider: Annotated[str, HotColumn(length=100)] = ""

    def assign_provider(self, recipient: str) -> Self:
        """The chain with its provider: the first REQUEST decides, later ones change nothing."""
        return self if self.provider else replace(self, provider=recipient)


@dataclass(frozen=True)
class ProcessSenders:
    """Who speaks at which step of one process."""

    provider: str
    """The system that provides the service; "" where no message brings the application to it."""
    by_step: Mapping[tuple[str, str], str]
    """By message type and step: the system that holds the step, and so sends what the step sends."""

    @classmethod
    def from_graph(cls, graph: ProcessGraph) -> Self:
        senders: dict[tuple[str, str], str] = {
            (route.kind, qualified_step(graph.variant, route.step)): addresses.system_address(route.sender)
            for route in system_messages(graph)
        }
        return cls(addresses.system_address(provider_of(graph) or ""), senders)


class ProcessIndex:
    """What the passports say of the systems in each process; a process is read when its first message comes."""

    def __init__(self, book: PassportBook) -> None:
        self._book = book
        self._senders: dict[ProcessKey, ProcessSenders | None] = {}

    def senders_of(self, process: ProcessKey) -> ProcessSenders | None:
        """The senders of a passport's process; None for a service of no passport, such as a register's."""
        if process not in self._senders:
            graph = self._book.find_graph(*process)
            if graph is None:
                return None  # not remembered: a sender may name as many processes as it likes
            self._senders[process] = ProcessSenders.from_graph(graph)
        return self._senders[process]

    def admit_message(
        self, info: MessageInfo, sender: str, chain: CaseChain | None, snapshot: RegisterSnapshot
    ) -> CaseChain:
        """The chain of the message, which begins with it where there is none yet.

        Deny by default: the message names the case's own service, region, channel and variant, and its sender
        takes part in the case.

        In a process of a passport the sender holds the step that the message names; where the step is the
        provider's, the sender is the system that the case went to, or, behind a РШЭП, another system of that
        region. In a question to a register it is who asked, or who was asked.

        Refused ``case-mismatch`` (with the names that differ), ``not-a-participant``; NotFound ``chain-unknown``
        for an answer to a question that nobody asked.
        """
        process = (info.service_id, info.route_id or "", info.find_property(CHANNEL) or "", variant_of(info))
        senders = self.senders_of(process)
        if senders is None:
            process = (*process[:2], "", MAIN)
        if chain is not None:
            _check_same_process(process, chain)
        if senders is None:
            _check_question(info, sender, chain)
        else:
            _check_step(info, sender, senders, chain, snapshot)
        return chain or CaseChain(info.correlation_id, *process, sender)


def _check_step(
    info: MessageInfo,
    sender: str,
    senders: ProcessSenders,
    chain: CaseChain | None,
    snapshot: RegisterSnapshot,
) -> None:
    holder = senders.by_step.get((info.message_type.value, qualified_step_of(info) or ""))
    if holder is None:
        return  # no route leads on from such a step, and the register refuses the message
    is_provider = holder == senders.provider and chain is not None and chain.provider
    allowed = chain.provider if chain is not None and is_provider else holder
    if sender != allowed and not (snapshot.is_regional(sender) and snapshot.is_regional(allowed)):
        raise Refused("not-a-participant", "in this case the step is another system's")


def _check_same_process(process: ProcessKey, chain: CaseChain) -> None:
    own = (chain.service_id, chain.region, chain.channel, chain.variant)
    names = ("service", "region", "channel", "variant")
    if differing := [name for name, left, right in zip(names, process, own, strict=True) if left != right]:
        raise Refused("case-mismatch", "the case is of another process", differs=differing)


def _check_question(info: MessageInfo, sender: str, chain: CaseChain | None) -> None:
    if chain is None:
        if info.message_type is not MessageType.REQUEST:
            raise NotFound("chain-unknown", "an answer to a question that nobody asked")
        return
    expected = chain.initiator if info.message_type is MessageType.REQUEST else chain.provider
    if sender != expected:
        raise Refused("not-a-participant", "the question is between other systems")


def provider_of(graph: ProcessGraph) -> System | None:
    """The system to which the citizen's side brings the application; None where it is made there and then."""
    requests = (
        message
        for message in system_messages(graph)
        if (message.kind, message.sender) == ("REQUEST", graph.front_system)
    )
    return next((message.recipient for message in requests), None)


def system_messages(graph: ProcessGraph) -> Iterator[MessageRoute]:
    """What goes under the service's own code: registers are asked under theirs."""
    return (message for message in graph.message_routes() if message.recipient not in REGISTERS)
