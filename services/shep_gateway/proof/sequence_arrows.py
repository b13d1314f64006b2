"""The timeline of a case as a sequence diagram: its systems and its arrows, and the diagram as Mermaid text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.shep_gateway.proof.timeline import TimelineDeliveryView, TimelineEntryView
from shared.contracts import addresses
from shared.contracts.cases import DeliveryState
from shared.texts.catalog import texts_beside

WORDS = texts_beside(__file__, file="words.yaml")
"""``case``, ``gateway``, the states of delivery and the events of the journal, in small letters with hyphens."""

_STEERING = re.compile(r"[#;:<>{}\[\]\"'`\\%|\r\n]")
"""The characters that mean something to Mermaid in a title or a text."""


@dataclass(frozen=True)
class SequenceArrow:
    """One message on its way from one system to another, or to ШЭП, which refused the message.

    ``label`` says what is sent, ``outcome`` what became of it in the reader's language.
    """

    at: datetime
    sender: str
    recipient: str
    label: str
    outcome: str
    is_answer: bool
    is_lost: bool
    message_id: str


@dataclass(frozen=True)
class SequenceDiagram:
    """The systems by address with their titles, in the order in which they appear, and the arrows in time."""

    systems: Mapping[str, str]
    arrows: Sequence[SequenceArrow]


def draw_sequence(
    entries: Iterable[TimelineEntryView], titles: Mapping[str, str], language: str
) -> SequenceDiagram:
    """The diagram of a timeline; ``titles`` are those of the register, an unknown system has its address."""
    arrows = [arrow for entry in entries for arrow in _entry_arrows(entry, language)]
    appearing = dict.fromkeys(address for arrow in arrows for address in (arrow.sender, arrow.recipient))
    own_title = {addresses.GATEWAY: WORDS["gateway"][language]}
    return SequenceDiagram(
        {address: (own_title | dict(titles)).get(address, address) for address in appearing}, arrows
    )


def write_mermaid(diagram: SequenceDiagram) -> str:
    """The diagram as Mermaid text."""
    names = {address: f"s{number}" for number, address in enumerate(diagram.systems, 1)}
    lines = ["sequenceDiagram", "    autonumber"]
    lines += [f"    participant {names[address]} as {_plain(title)}" for address, title in diagram.systems.items()]
    for arrow in diagram.arrows:
        line = "--" if arrow.is_answer else "-"
        head = "x" if arrow.is_lost else ">>"
        text = _plain(f"{arrow.at:%Y-%m-%d %H.%M.%S} {arrow.label}, {arrow.outcome}")
        lines.append(f"    {names[arrow.sender]}{line}{head}{names[arrow.recipient]}: {text}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return _STEERING.sub(" ", text)


def _entry_arrows(entry: TimelineEntryView, language: str) -> list[SequenceArrow]:
    if entry.event == "ACCEPTED":
        return [_delivery_arrow(entry, delivery, language) for delivery in entry.deliveries]
    outcome = f"{WORDS[entry.event.lower()][language]}: {entry.code}"
    return [_make_arrow(entry, addresses.GATEWAY, outcome, is_lost=True)]


def _make_arrow(entry: TimelineEntryView, recipient: str, outcome: str, *, is_lost: bool) -> SequenceArrow:
    label = " · ".join(part for part in (entry.step, entry.message_type, entry.service_id) if part)
    outcome = " · ".join((outcome, *entry.rules))
    is_answer = entry.message_type in ("RESPONSE", "NOTIFICATION")
    return SequenceArrow(
        entry.at, entry.sender or "?", recipient, label, outcome, is_answer, is_lost, entry.message_id or ""
    )


def _delivery_arrow(entry: TimelineEntryView, delivery: TimelineDeliveryView, language: str) -> SequenceArrow:
    state = WORDS[delivery.state.lower().replace("_", "-")][language]
    outcome = f"{state}: {delivery.error_code}" if delivery.error_code else state
    is_lost = delivery.state in (DeliveryState.NOT_DELIVERED, DeliveryState.DELIVERY_STOPPED)
    return _make_arrow(entry, delivery.recipient, outcome, is_lost=is_lost)
