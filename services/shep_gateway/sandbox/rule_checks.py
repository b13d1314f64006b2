"""Whether a rule can match anything: a rule that never does is refused, and told what it could mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from shared.bus.errors import Malformed
from shared.contracts import addresses, registers
from shared.contracts.statuses import StatusCode
from shared.pki.faults import FaultArea, PkiFault
from shared.regulations.passport_book import PassportBook
from shared.sandbox.rules import EffectKind, SandboxRule, SandboxRuleOrder

CONDUCT_MODES = ("slow", "no-data", "silent")
MOST_MEANT = 3
REGISTER_SERVICES = tuple(
    sorted(
        value for name, value in vars(registers).items() if name.endswith("_SERVICE") and isinstance(value, str)
    )
)
ONLY_AT = {EffectKind.PKI: addresses.NUC, EffectKind.CONDUCT: addresses.CGO}


@dataclass(frozen=True)
class RuleWarning:
    """What an operator should know of a rule that is set all the same."""

    code: str
    detail: str


def _refuse(field: str, reason: str, value: object = None, meant: Sequence[str] = ()) -> Malformed:
    further = {"value": str(value)} if value is not None else {}
    return Malformed("rule-matches-nothing", reason, field=field, **further, meant=list(meant))


def check_rule(order: SandboxRuleOrder, systems: Iterable[str], book: PassportBook, now: datetime) -> None:
    """Malformed ``rule-matches-nothing`` with the ``field``, and with what it could mean (``meant``)."""
    _check_known("system", order.system, sorted(systems))
    _check_known("region", order.region, addresses.REGIONS)
    _check_known("service", order.service, list_services(book))
    _check_share(order)
    _check_window(order, now)
    _check_effect(order)
    if order.step is not None:
        _check_known("step", order.step, list_steps(order, book))


def _check_known(field: str, value: str | None, known: Sequence[str]) -> None:
    if value is None or value in known:
        return
    by_letters = {name.lower().replace("_", "-"): name for name in known}
    close = get_close_matches(value.lower().replace("_", "-"), by_letters, n=MOST_MEANT, cutoff=0.4)
    raise _refuse(field, f"there is no such {field}", value, [by_letters[name] for name in close])


def _check_share(order: SandboxRuleOrder) -> None:
    for field in ("share", "occasions"):
        if getattr(order, field) == 0:
            raise _refuse(field, f"{field} 0 is nobody and nothing: leave the rule out", 0, ["100"])


def _check_window(order: SandboxRuleOrder, now: datetime) -> None:
    if order.until is not None and order.until <= now:
        raise _refuse("until", "the window ends before the bus's present time", order.until, [now.isoformat()])
    if order.since is not None and order.until is not None and order.since >= order.until:
        raise _refuse("since", "the window ends before it begins", order.since)


def _check_effect(order: SandboxRuleOrder) -> None:
    kind = order.effect.kind
    if not order.places:
        raise _refuse("place", f"{kind} does not happen there", order.place or order.door or order.path)
    where = ONLY_AT.get(kind)
    if where is not None and order.system not in (None, where):
        raise _refuse("system", f"{kind} is a trouble of {where} only", order.system, [where])
    if kind is EffectKind.PKI:
        _check_known("trouble", order.effect.trouble, tuple(PkiFault))
        _check_person(order)
    if kind is EffectKind.STATUS:
        _check_known("outcome", order.effect.outcome, tuple(code.value for code in StatusCode))
    if kind is EffectKind.CONDUCT:
        _check_known("trouble", order.effect.trouble, CONDUCT_MODES)


def _check_person(order: SandboxRuleOrder) -> None:
    """Lists of the revoked and time-stamps are nobody's, and only OCSP names a certificate."""
    area = PkiFault(order.effect.trouble or "").area
    if area not in (FaultArea.CERTIFICATE, FaultArea.OCSP) and (order.iin or order.ends or order.share < 100):
        raise _refuse("iin", f"a fault of {area} is for everybody", order.iin or order.ends)
    if order.serial is not None and area is not FaultArea.OCSP:
        raise _refuse("serial", "a serial number is for faults of OCSP only", order.serial)


def list_services(book: PassportBook) -> list[str]:
    """Everything that the field ``service`` may name: service types, regulations, services of registers."""
    passports = {passport.id: passport for passport, _ in book.all_graphs()}
    types = {passport.service_type for passport in passports.values()}
    return [*sorted(passports), *sorted(types), *REGISTER_SERVICES]


def list_steps(order: SandboxRuleOrder, book: PassportBook) -> list[str]:
    """The steps of the regulations to which a rule applies."""
    steps = {
        node.id
        for passport, graph in book.all_graphs()
        if order.service in (None, passport.id, passport.service_type) and order.region in (None, passport.region)
        for node in graph.nodes
    }
    return sorted(steps)


def find_reach_warnings(
    rule: SandboxRule, systems: Iterable[str], obeying: Collection[str]
) -> Iterator[RuleWarning]:
    """Which of the systems that a rule is for do not obey it yet."""
    meant = set(systems) if rule.system is None else {rule.system}
    if missed := sorted(meant - set(obeying)):
        reason = f"not running, or of another profile; they obey from their start: {', '.join(missed)}"
        yield RuleWarning("rule-reaches-part", reason)


def find_warnings(
    rule: SandboxRule, earlier: Iterable[SandboxRule], book: PassportBook, now: datetime
) -> Iterator[RuleWarning]:
    """What makes a rule less than its author may think."""
    for other in earlier:
        if _covers(other, rule):
            yield RuleWarning("rule-shadowed", f"rule {other.id} stands before it and applies to all of this")
    if rule.since is not None and rule.since > now:
        yield RuleWarning("rule-later", f"it begins at {rule.since.isoformat()} of the bus's time")
    if rule.service is not None and rule.region is not None and not _is_served(rule, book):
        yield RuleWarning("rule-without-cases", f"no act gives {rule.service} in {rule.region}")


def _is_served(rule: SandboxRule, book: PassportBook) -> bool:
    if rule.service in REGISTER_SERVICES:
        return True
    return any(
        rule.service in (passport.id, passport.service_type) and rule.region == passport.region
        for passport, _ in book.all_graphs()
    )


_SCOPE = ("system", "service", "region", "message_type", "step", "door", "path", "case", "iin", "ends")


def _covers(other: SandboxRule, rule: SandboxRule) -> bool:
    """Whether an earlier rule takes every occasion of a later one."""
    is_wider = all(getattr(other, name) in (None, getattr(rule, name)) for name in _SCOPE)
    is_whole = other.share == 100 and other.occasions == 100 and other.count is None
    is_always = other.since is None and other.until is None
    return is_wider and is_whole and is_always and rule.places <= other.places
