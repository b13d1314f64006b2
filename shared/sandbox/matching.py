"""What a rule looks at in a message or a request, and whether the rule is for it."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from shared.bus.errors import BusError
from shared.bus.messages.message import MessageInfo, read_header
from shared.contracts.cases import REGULATION, step_of
from shared.sandbox.rules import SandboxRule, SystemDoor

PARTS = 10_000
MOST_CASES = 20_000
_NUMBER = re.compile(rb'"(?:iin|applicant|uin|principalIin)"\s*:\s*"(\d{12})"')
_NUMBER_IN_XML = re.compile(rb"<(?:\w+:)?(?:iin|uin)>\s*(\d{12})\s*<")
_SIGNED = re.compile(rb'"document":"([A-Za-z0-9+/=]{64,})"')


@dataclass(frozen=True, slots=True)
class ExchangeFacts:
    """What is known of a message or a request; None where it does not say."""

    service: str | None = None
    regulation: str | None = None
    region: str | None = None
    message_type: str | None = None
    step: str | None = None
    message_id: str | None = None
    case_id: str | None = None
    iin: str | None = None
    door: SystemDoor | None = None
    path: str | None = None
    serial: str | None = None
    channel: str | None = None
    variant: str | None = None
    op: str | None = None
    stages: frozenset[str] = frozenset()
    offers: frozenset[str] = frozenset()

    @property
    def person(self) -> str:
        """By what people are told apart: the ИИН, or the case of a person whom nothing names."""
        return self.iin or self.case_id or self.message_id or ""


class CasePeople:
    """The people of the cases that passed this process, by the ids of the cases; the oldest are forgotten."""

    def __init__(self) -> None:
        self._people: OrderedDict[str, str] = OrderedDict()

    def read_facts(self, body: bytes) -> ExchangeFacts:
        """The facts of a message; nothing but its bytes is known of one that cannot be read."""
        try:
            info = read_header(body).message_info
        except BusError:
            return ExchangeFacts()
        return self.facts_of(info, body)

    def facts_of(self, info: MessageInfo, body: bytes) -> ExchangeFacts:
        """The facts of a message whose envelope is known."""
        return ExchangeFacts(
            service=info.service_id,
            regulation=info.find_property(REGULATION),
            region=info.route_id,
            message_type=info.message_type,
            step=step_of(info),
            message_id=info.message_id,
            case_id=info.correlation_id,
            iin=self._find_person(info.correlation_id, body),
        )

    def _find_person(self, case_id: str, body: bytes) -> str | None:
        if case_id in self._people:
            return self._people[case_id]
        iin = find_iin(body)
        if iin is not None:
            self._people[case_id] = iin
            if len(self._people) > MOST_CASES:
                self._people.popitem(last=False)
        return iin


def find_iin(body: bytes) -> str | None:
    """The ИИН in the data of a message, or in the document that a person signed; None without one."""
    match = _NUMBER.search(body) or _NUMBER_IN_XML.search(body)
    if match is None and (signed_document := _SIGNED.search(body)) is not None:
        try:
            match = _NUMBER.search(b64decode(signed_document[1], validate=True))
        except NotBase64:
            return None
    return match[1].decode() if match else None


def is_rule_for(rule: SandboxRule, instance: str, facts: ExchangeFacts) -> bool:
    """Whether a rule applies to this message or request of this system; its times are another question."""
    expectations = (
        (rule.system, instance),
        (rule.region, facts.region),
        (rule.message_type, facts.message_type),
        (rule.step, facts.step),
        (rule.case, facts.case_id),
        (rule.iin, facts.iin),
        (rule.serial, facts.serial),
        (rule.channel, facts.channel),
        (rule.variant, facts.variant),
        (rule.op, facts.op),
    )
    return (
        all(expected in (None, actual) for expected, actual in expectations)
        and rule.service in (None, facts.service, facts.regulation)
        and (rule.stage is None or rule.stage in facts.stages)
        and (rule.offers is None or rule.offers in facts.offers)
        and (rule.ends is None or (facts.iin or "").endswith(rule.ends))
        and _is_at_door(rule, facts)
        and takes_part(rule.share, rule.seed, facts.person)
    )


def _is_at_door(rule: SandboxRule, facts: ExchangeFacts) -> bool:
    if rule.path is not None and not (facts.path or "").startswith(rule.path):
        return False
    return rule.door in (None, facts.door) or (rule.door is SystemDoor.ANY and facts.path is not None)


def takes_part(share: float, seed: str, person: str) -> bool:
    """Whether a person is among ``share`` percent of all people: for a seed always the same people."""
    if share >= 100:
        return True
    lot = int.from_bytes(sha256(f"{seed}:{person}".encode()).digest()[:8]) % PARTS
    return lot < share * PARTS / 100


def is_in_window(rule: SandboxRule, now: datetime) -> bool:
    """Whether the bus's time is inside the window of a rule."""
    return (rule.since is None or now >= rule.since) and (rule.until is None or now < rule.until)
