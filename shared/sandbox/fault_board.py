"""НУЦ's board of faults: the troubles of a public key infrastructure, as rules of the sandbox.

The board's own rules and the country's are drawn alike; a restart ends the board's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import Malformed, Refused
from shared.contracts import addresses
from shared.pki.faults import FaultArea, MagicSubject, PkiFault, find_magic_subject
from shared.sandbox.matching import ExchangeFacts
from shared.sandbox.rule_book import ActiveRule, RuleBook
from shared.sandbox.rules import EffectKind, ExchangePlace, RuleEffect, SandboxRule

MOST_RULES = 1000
NUC = addresses.NUC


@dataclass(frozen=True)
class FaultRule:
    """A fault on demand: for one person, for one certificate, or for everybody.

    The fault affects `percent` of the occasions, evenly spread and always including the first; after `count`
    affected occasions the rule ends (None: never).
    """

    fault: PkiFault
    iin: str | None = None
    serial: int | None = None
    percent: int = 100
    count: int | None = None

    def __post_init__(self) -> None:
        if self.iin is not None and self.fault.area not in (FaultArea.CERTIFICATE, FaultArea.OCSP):
            raise Malformed("fault-scope", "a fault of lists or time-stamps cannot be for one person")
        if self.serial is not None and (self.fault.area is not FaultArea.OCSP or self.iin is not None):
            raise Malformed("fault-scope", "a serial number is for faults of OCSP only, and without an ИИН")


@dataclass(frozen=True)
class ForcedTrouble:
    """An active fault and its scope; ``count`` is the number of remaining occasions."""

    fault: PkiFault
    iin: str | None
    serial: int | None
    percent: int
    count: int | None


class FaultBoard:
    """The active faults of НУЦ, in memory. Safe for threads.

    With `is_on` False there are no faults, and magic subjects are ordinary persons.
    """

    def __init__(self, book: RuleBook | None = None, *, is_on: bool = True) -> None:
        self.is_on = is_on
        self._book = book or RuleBook(SystemClock())

    def put_rule(self, rule: FaultRule) -> None:
        """Start a fault, or replace the rule with this fault and scope.

        Refused faults-off where faults are switched off; Malformed fault-limit for more than a thousand rules.
        """
        if not self.is_on:
            raise Refused("faults-off", "faults on demand are switched off here")
        own = [one.rule.id for one in self._list_own()]
        sandbox_rule = _sandbox_rule(rule)
        if len(own) >= MOST_RULES and sandbox_rule.id not in own:
            raise Malformed("fault-limit", f"at most {MOST_RULES} at once")
        self._book.put_own_rule(sandbox_rule)

    def end_fault(self, fault: PkiFault | None = None) -> None:
        """End a fault of this board in every scope; None ends all of them. Those of the country stay."""
        ended = [one.rule.id for one in self._list_own() if fault in (None, one.effect.trouble)]
        self._book.end_own_rules(ended)

    def active_rules(self) -> list[ForcedTrouble]:
        """The active rules, the country's among them."""
        return [_describe(active) for active in self._list_active()]

    def has_faults(self, area: FaultArea) -> bool:
        """Whether any fault of this area is active; cached answers must then not be used."""
        return self.is_on and any(PkiFault(one.effect.trouble or "").area is area for one in self._list_active())

    def magic_subject(self, iin: str | None) -> MagicSubject | None:
        """The magic subject with this ИИН; None where faults are switched off."""
        return find_magic_subject(iin) if self.is_on else None

    def draw_fault(self, area: FaultArea, iin: str | None = None, serial: int | None = None) -> PkiFault | None:
        """The fault of this occasion, or None; each call counts as an occasion."""
        if not self.is_on or not self._book.has_rules(NUC, ExchangePlace.SERVICE):
            return None
        facts = ExchangeFacts(iin=iin, serial=None if serial is None else f"{serial:X}")
        hit = self._book.draw(NUC, ExchangePlace.SERVICE, facts, (EffectKind.PKI,), troubles=_TROUBLES[area])
        return None if hit is None else PkiFault(hit.effect.trouble or "")

    def _list_own(self) -> Iterable[ActiveRule]:
        return [one for one in self._list_active() if one.rule.origin == NUC]

    def _list_active(self) -> list[ActiveRule]:
        if not self._book.has_rules(NUC, ExchangePlace.SERVICE):
            return []
        return [one for one in self._book.list_active() if one.effect.kind is EffectKind.PKI]


_TROUBLES = {area: frozenset(fault.value for fault in PkiFault if fault.area is area) for area in FaultArea}


def _sandbox_rule(rule: FaultRule) -> SandboxRule:
    serial = None if rule.serial is None else f"{rule.serial:X}"
    scope = "-".join(filter(None, (rule.iin, serial))) or "everybody"
    return SandboxRule(
        id=f"{NUC}:{rule.fault}:{scope}",
        origin=NUC,
        system=NUC,
        effect=RuleEffect(kind=EffectKind.PKI, trouble=rule.fault.value),
        iin=rule.iin,
        serial=serial,
        occasions=rule.percent,
        count=rule.count,
    )


def _describe(active: ActiveRule) -> ForcedTrouble:
    rule = active.rule
    serial = None if rule.serial is None else int(rule.serial, 16)
    left = None if rule.count is None else rule.count - active.fired
    return ForcedTrouble(PkiFault(rule.effect.trouble or ""), rule.iin, serial, rule.occasions, left)
