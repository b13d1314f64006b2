"""The participants of a case: the checks of a receiver before a message changes a case.

ШЭП refuses a member that takes no part in a case. A receiver does not rely on that alone: each receiver compares
the message with the receiver's own record of the case, and believes a sender only about the sender's own steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.bus.errors import Malformed, Refused
from shared.bus.messages.message import MessageType
from shared.bus.runtime.unit_of_work import ReceivedMessage
from shared.casework.case_reference import CaseReference
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, REGULATION, STANDS_FOR, StepDone, step_of, variant_of
from shared.regulations.model import System
from shared.regulations.process.graph import ProcessGraph


class CaseMessage(Protocol):
    """The fields that every message of a case has after the application."""

    @property
    def regulation(self) -> str: ...

    @property
    def channel(self) -> str: ...

    @property
    def variant(self) -> str: ...

    @property
    def step(self) -> str: ...

    @property
    def steps(self) -> tuple[StepDone, ...]: ...


@dataclass(frozen=True)
class CaseSpeaker:
    """The sender of a message in one case: its address, and the passport's systems in whose name it acts."""

    address: str
    systems: frozenset[str]

    @classmethod
    def of_message(cls, received: ReceivedMessage) -> CaseSpeaker:
        """The speaker of a message: the sender itself, and the system that it stands for by ШЭП's attestation."""
        address = received.sender.address
        stands_for = received.hop.get(STANDS_FOR)
        return cls(address, frozenset({address, stands_for} if isinstance(stands_for, str) else {address}))

    def holds(self, system: System) -> bool:
        """Whether the speaker takes the steps of this system."""
        return addresses.system_address(system) in self.systems


def check_same_case(message: CaseMessage, received: ReceivedMessage, case_reference: CaseReference) -> None:
    """Compare the envelope and the content of a message with the case that the message names.

    Refused ``case-mismatch`` with the names of what ``differs``.
    """
    info, own = received.info, case_reference
    named: dict[str, set[str | None]] = {
        "service": {info.service_id, own.service_type},
        "region": {info.route_id, own.region},
        "regulation": {info.find_property(REGULATION), message.regulation, own.regulation},
        "channel": {info.find_property(CHANNEL), message.channel, own.channel},
        "variant": {variant_of(info), message.variant, own.variant},
        "step": {step_of(info), message.step},
    }
    if differing := [name for name, values in named.items() if len(values) > 1]:
        raise Refused("case-mismatch", "the message is of another process than the case", differs=differing)


def check_step_sender(step: str, kind: MessageType, speaker: CaseSpeaker, graph: ProcessGraph) -> None:
    """Check that the step is the speaker's, and sends messages of this type.

    Refused ``not-a-participant``; NotFound ``step-not-found``.
    """
    if not speaker.holds(graph.get_node(step).holder):
        raise Refused("not-a-participant", "in this case the step is another system's", step=step)
    if all(message_rule.kind != kind.value for message_rule in graph.message_rules(step)):
        raise Refused("not-a-participant", f"the step sends no {kind.value}", step=step)


def believe_steps(steps: Iterable[StepDone], speaker: CaseSpeaker, graph: ProcessGraph) -> Iterator[StepDone]:
    """The steps about which the speaker is believed: those that the speaker holds and took itself.

    The gateways' steps follow from what a gateway carried (``ProcessState.learn_route``), never from a sender.
    Malformed ``step-unknown`` for a step that the act does not have.
    """
    for step in steps:
        if step.step not in graph.node_places:
            raise Malformed("step-unknown", f"{graph.passport_id} has no step {step.step}", step=step.step)
        holder = graph.get_node(step.step).holder
        if speaker.holds(holder) and step.by in speaker.systems:
            yield step
