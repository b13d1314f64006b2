"""The rules in force in one process, and the journal of what they did until it is written down."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from threading import Lock
from typing import TYPE_CHECKING

from shared.bus.clocks.clock import Clock
from shared.sandbox.matching import CasePeople, ExchangeFacts, is_in_window, is_rule_for
from shared.sandbox.rules import DelayShape, EffectKind, ExchangePlace, OutcomeOrder, RuleEffect, SandboxRule

if TYPE_CHECKING:  # the kernel is not needed to read a rule
    from shared.bus.service import WiringContext

MOST_KEYS = 50_000
MOST_FIRINGS = 20_000
"""The entries that wait to be written down; the oldest beyond are lost, and counted."""


@dataclass(frozen=True)
class RuleFiring:
    """One occasion on which a rule did something: when by the bus's time, where, and to what."""

    at: datetime
    rule_id: str
    kind: EffectKind
    system: str
    place: ExchangePlace
    facts: ExchangeFacts


@dataclass
class ActiveRule:
    """A rule with the occasions that it has had in this process."""

    rule: SandboxRule
    occasions: int = 0
    fired: int = 0
    known_keys: set[str] = field(default_factory=set)
    """The occasions that this rule has each time they come again."""

    @property
    def effect(self) -> RuleEffect:
        return self.rule.effect

    @property
    def is_used_up(self) -> bool:
        return self.rule.count is not None and self.fired >= self.rule.count

    def hits_occasion(self) -> bool:
        """Count an occasion; whether it is one of the share: evenly spread, the first always."""
        before, self.occasions = self.occasions, self.occasions + 1
        percent = self.rule.occasions
        if -(-before * percent // 100) == -(-self.occasions * percent // 100):
            return False
        self.fired += 1
        return True

    def remember(self, key: str) -> None:
        """Have this occasion again when it comes again."""
        if len(self.known_keys) >= MOST_KEYS:
            self.known_keys.clear()
        self.known_keys.add(key)

    def draw_delay(self) -> float:
        """The delay of this occasion in seconds: the same again for the same rule."""
        effect = self.rule.effect
        mean, spread = effect.seconds or 0.0, effect.spread or 0.0
        dice = Random(f"{self.rule.seed}|{self.rule.id}|{self.fired}")  # noqa: S311 - the same again is the purpose
        match effect.shape:
            case DelayShape.UNIFORM:
                return max(0.0, dice.uniform(mean - spread, mean + spread))
            case DelayShape.NORMAL:
                return max(0.0, dice.gauss(mean, spread))
            case DelayShape.EXPONENTIAL:
                return dice.expovariate(1 / mean) if mean else 0.0
        return mean


class RuleBook:
    """The rules of a process, in their order: the country's, then those of the boards of single systems.

    Safe for threads. An instance without a rule costs a look into a dictionary.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.people = CasePeople()
        self.version = 0
        """The version of the country's rules that this process has."""
        self.instances: set[str] = set()
        """The instances of this process that obey the book."""
        self.lost_firings = 0
        self._country: tuple[ActiveRule, ...] = ()
        self._own: dict[str, ActiveRule] = {}
        self.polled: frozenset[str] = frozenset()
        """The cases whose states move after so many questions: each question is journaled."""
        self._by_place: dict[tuple[str, ExchangePlace], tuple[ActiveRule, ...]] = {}
        self._firings: deque[RuleFiring] = deque()
        self._orders: deque[tuple[str, OutcomeOrder]] = deque()
        self._lock = Lock()

    def replace_rules(self, version: int, rules: Iterable[SandboxRule]) -> None:
        """Take over the country's rules; one that was there goes on with its counts."""
        with self._lock:
            earlier = {active.rule.id: active for active in self._country}
            self._country = tuple(_keep_counts(earlier.get(rule.id), rule) for rule in rules)
            self.version = version
            self.polled = frozenset(one.rule.case for one in self._country if one.effect.polls and one.rule.case)
            self._by_place = {}

    def put_own_rule(self, rule: SandboxRule) -> None:
        """Set a rule of a system's own board, in place of one with the same id."""
        with self._lock:
            self._own[rule.id] = ActiveRule(rule)
            self._by_place = {}

    def replace_own_rules(self, origin: str, rules: Iterable[SandboxRule]) -> None:
        """Set all rules of a system's own board at once, in this order; those that stay keep their counts."""
        with self._lock:
            others = {rule_id: one for rule_id, one in self._own.items() if not is_of_board(one.rule, origin)}
            own = {rule.id: _keep_counts(self._own.get(rule.id), rule) for rule in rules}
            self._own = {**others, **own}
            self._by_place = {}

    def end_own_rules(self, ids: Collection[str]) -> None:
        """End rules of a system's own board."""
        with self._lock:
            self._own = {rule_id: active for rule_id, active in self._own.items() if rule_id not in ids}
            self._by_place = {}

    def list_active(self, origin: str | None = None) -> list[ActiveRule]:
        """The rules that can still do something, of one origin or all."""
        with self._lock:
            rules = (*self._country, *self._own.values())
        return [one for one in rules if (origin is None or is_of_board(one.rule, origin)) and not one.is_used_up]

    def has_rules(self, instance: str, place: ExchangePlace) -> bool:
        """Whether any rule may do something at this place of an instance, now or later."""
        rules = self._by_place.get((instance, place))
        return bool(self._rules_for(instance, place) if rules is None else rules)

    def is_in_force(self, active: ActiveRule) -> bool:
        """Whether a rule still applies: not ended, not used up, inside its window."""
        is_there = any(one is active for one in (*self._country, *self._own.values()))
        return is_there and not active.is_used_up and is_in_window(active.rule, self.clock.now())

    def draw(
        self,
        instance: str,
        place: ExchangePlace,
        facts: ExchangeFacts,
        kinds: Collection[EffectKind] | None = None,
        key: str | None = None,
        troubles: Collection[str] | None = None,
        board: str | None = None,
    ) -> ActiveRule | None:
        """The first rule that applies to this occasion, which is journaled; None without one.

        ``key`` names an occasion that may come again: the rule that had it has it again, uncounted. ``board``:
        only rules with this origin.
        """
        now = self.clock.now()
        with self._lock:
            for active in self._rules_for(instance, place):
                rule = active.rule
                if not (kinds is None or rule.effect.kind in kinds) or board not in (None, rule.origin):
                    continue
                if troubles is not None and rule.effect.trouble not in troubles:
                    continue
                if not is_in_window(rule, now) or not is_rule_for(rule, instance, facts):
                    continue
                if key in active.known_keys:
                    return active
                if active.is_used_up or not active.hits_occasion():
                    continue
                if key is not None:
                    active.remember(key)
                self._note(RuleFiring(now, rule.id, rule.effect.kind, instance, place, facts))
                return active
        return None

    def note_poll(self, instance: str, facts: ExchangeFacts) -> None:
        """Journal a question for the state of a case that moves after so many of them."""
        now = self.clock.now()
        with self._lock:
            for active in self._country:
                if active.effect.polls and active.rule.case == facts.case_id:
                    self._note(
                        RuleFiring(now, active.rule.id, active.effect.kind, instance, ExchangePlace.HTTP, facts)
                    )

    def put_order(self, instance: str, order: OutcomeOrder) -> None:
        """Ask ШЭП for a rule that an instance of this process needs for a case."""
        self._orders.append((instance, order))

    def take_orders(self) -> list[tuple[str, OutcomeOrder]]:
        """The orders that ШЭП was not told yet, with the instances that gave them."""
        return [self._orders.popleft() for _ in range(len(self._orders))]

    def has_rule(self, rule_id: str) -> bool:
        """Whether this process obeys a rule of the country with this id."""
        return any(one.rule.id == rule_id for one in self._country)

    def take_firings(self, most: int = 500) -> list[RuleFiring]:
        """The oldest entries that nobody has written down yet."""
        with self._lock:
            return [self._firings.popleft() for _ in range(min(most, len(self._firings)))]

    def return_firings(self, firings: Sequence[RuleFiring]) -> None:
        """Keep entries that could not be written down for the next time."""
        with self._lock:
            self._firings.extendleft(reversed(firings))

    @property
    def has_firings(self) -> bool:
        return bool(self._firings)

    def _rules_for(self, instance: str, place: ExchangePlace) -> tuple[ActiveRule, ...]:
        rules = self._by_place.get((instance, place))
        if rules is None:
            everything = (*self._country, *self._own.values())
            rules = tuple(
                one for one in everything if one.rule.system in (None, instance) and place in one.rule.places
            )
            self._by_place[instance, place] = rules
        return rules

    def _note(self, firing: RuleFiring) -> None:
        self._firings.append(firing)
        if len(self._firings) > MOST_FIRINGS:
            self._firings.popleft()
            self.lost_firings += 1


def find_book(context: WiringContext) -> RuleBook:
    """The book of this process; one of its own for an instance that no launcher started."""
    books = (one for one in context.further_resources if isinstance(one, RuleBook))
    return next(books, None) or RuleBook(context.clock)


def is_of_board(rule: SandboxRule, origin: str) -> bool:
    """Whether a rule is of this board, or of a part of it (``is_mio:clerks``)."""
    return rule.origin == origin or rule.origin.startswith(f"{origin}:")


def _keep_counts(earlier: ActiveRule | None, rule: SandboxRule) -> ActiveRule:
    return earlier if earlier is not None and earlier.rule == rule else ActiveRule(rule)
