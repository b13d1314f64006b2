"""The participants of a case: the chain of messages that the gateway stores, and the refusal of other senders.

A right allows a system to send messages of a service, in any case. This module adds the check by case: the
``correlationId`` of a message names the case, and only a participant of that case may send the message.
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
        return self if self.provider else replace(self, provider=recipient)


@dataclass(frozen=True, slots=True)
class AdmittedMessage:
    """A message that ШЭП lets pass: its chain, and the system of the passport that holds its step; no holder for
    a question to a register.
    """

    chain: CaseChain
    holder: str | None


@dataclass(frozen=True)
class ProcessSenders:
    """The senders of the messages of one process, by step."""

    provider: str
    """The system that provides the service; "" where no message brings the application to it."""
    by_step: Mapping[tuple[str, str], str]
    """By message type and step: the system that takes the step and sends its messages."""

    @classmethod
    def from_graph(cls, graph: ProcessGraph) -> Self:
        senders: dict[tuple[str, str], str] = {
            (route.kind, qualified_step(graph.variant, route.step)): addresses.system_address(route.sender)
            for route in system_messages(graph)
        }
        return cls(addresses.system_address(provider_of(graph) or ""), senders)


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

    def admit_message(
        self, info: MessageInfo, sender: str, chain: CaseChain | None, snapshot: RegisterSnapshot
    ) -> AdmittedMessage:
        """The chain of an admitted message, and the holder of its step; the first message of a case begins a new
        chain.

        Deny by default: the message must name the service, region, channel and variant of the case, and the
        sender must take part in the case.

        In a process of a passport, the sender must hold the step that the message names. For a step of the
        provider, the sender must be the provider of the chain or, behind a РШЭП, another system of that region.
        In a query to a register, the sender must be the system that asks or the register.

        Refused ``case-mismatch`` (``details["differs"]`` lists what differs), ``not-a-participant``; NotFound
        ``chain-unknown`` for an answer without a query.
        """
        process = (info.service_id, info.route_id or "", info.find_property(CHANNEL) or "", variant_of(info))
        senders = self.senders_of(process)
        if senders is None:
            process = (*process[:2], "", MAIN)
        if chain is not None:
            _check_same_process(process, chain)
        if senders is None:
            _check_question(info, sender, chain)
            holder = None
        else:
            holder = _check_step(info, sender, senders, chain, snapshot)
        return AdmittedMessage(chain or CaseChain(info.correlation_id, *process, sender), holder)


def _check_step(
    info: MessageInfo,
    sender: str,
    senders: ProcessSenders,
    chain: CaseChain | None,
    snapshot: RegisterSnapshot,
) -> str | None:
    """The system of the passport that holds the message's step; None where no route leads on from such a step, and
    the register refuses the message.
    """
    holder = senders.by_step.get((info.message_type.value, qualified_step_of(info) or ""))
    if holder is None:
        return None
    is_provider = holder == senders.provider and chain is not None and chain.provider
    allowed = chain.provider if chain is not None and is_provider else holder
    if sender != allowed and not (snapshot.is_regional(sender) and snapshot.is_regional(allowed)):
        raise Refused("not-a-participant", "another system takes this step of the case")
    return holder


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
