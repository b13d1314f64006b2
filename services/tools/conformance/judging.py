"""What the exchanges of a run say about each requirement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.tools.conformance.exchanges import ExchangeBook, KeptExchange
from services.tools.conformance.kit_keys import KitKeys
from services.tools.conformance.requirements import Requirement

LONGEST_TEXT = 300


class ConformanceOutcome(StrEnum):
    """The results of a requirement.

    ``skip``: the run came to its end and never to this; ``omit``: the participant does not use what is
    optional, or nothing tests the requirement; ``error``: the kit itself failed; ``cancel``: the run was broken
    off before;
    ``wait``: the participant never came to this in the time of the run.
    """

    PASS = "pass"  # noqa: S105 - a result
    FAIL = "fail"
    SKIP = "skip"
    OMIT = "omit"
    ERROR = "error"
    CANCEL = "cancel"
    WAIT = "wait"


class RunEnd(StrEnum):
    """How a run ended: the script was played to its end, the time was up, or a person broke it off."""

    FINISHED = "finished"
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class JudgedExchange:
    """Whether one exchange keeps a requirement; where not: the place, what was expected and what was seen."""

    number: int
    is_kept: bool
    place: str = ""
    expected: str = ""
    observed: str = ""


@dataclass
class RunTrace:
    """What a run left behind: the exchanges, the keys of the kit, and what the role knows of its script."""

    book: ExchangeBook
    keys: KitKeys
    facts: dict[str, Any] = field(default_factory=dict)


def judge(call: KeptExchange, is_kept: bool, place: str, expected: object, observed: object) -> JudgedExchange:
    """The judgement of a call; long texts are cut."""
    return JudgedExchange(call.number, is_kept, place, str(expected)[:LONGEST_TEXT], str(observed)[:LONGEST_TEXT])


CheckFunction = Callable[[RunTrace], Iterable[JudgedExchange]]


@dataclass(frozen=True)
class CheckBook:
    """The checks of a group by requirement."""

    checks: dict[str, CheckFunction] = field(default_factory=dict)

    def judges(self, *requirement_ids: str) -> Callable[[CheckFunction], CheckFunction]:
        """Register a function as the check of requirements."""

        def register(check: CheckFunction) -> CheckFunction:
            for requirement_id in requirement_ids:
                self.checks[requirement_id] = check
            return check

        return register


@dataclass(frozen=True)
class RequirementResult:
    """The result of one requirement with the exchanges that show it; ``detail`` for results without exchanges."""

    requirement: Requirement
    outcome: ConformanceOutcome
    judged: Sequence[JudgedExchange] = ()
    detail: str = ""

    @property
    def faults(self) -> list[JudgedExchange]:
        """The exchanges that break the requirement."""
        return [item for item in self.judged if not item.is_kept]


_WITHOUT_EXCHANGES = {
    RunEnd.FINISHED: ConformanceOutcome.SKIP,
    RunEnd.TIMED_OUT: ConformanceOutcome.WAIT,
    RunEnd.CANCELLED: ConformanceOutcome.CANCEL,
}


def judge_requirements(
    requirements: Iterable[Requirement], checks: Mapping[str, CheckFunction], trace: RunTrace, end: RunEnd
) -> list[RequirementResult]:
    """A result for each requirement, in their order."""
    return [_judge_one(requirement, checks.get(requirement.id), trace, end) for requirement in requirements]


def _judge_one(
    requirement: Requirement, check: CheckFunction | None, trace: RunTrace, end: RunEnd
) -> RequirementResult:
    if requirement.untested is not None or check is None:
        return RequirementResult(requirement, ConformanceOutcome.OMIT, detail="untested")
    try:
        judged = tuple(check(trace))
    except Exception as error:  # a fault of the kit is a result too, and hides no other one
        return RequirementResult(requirement, ConformanceOutcome.ERROR, detail=f"{type(error).__name__}: {error}")
    if judged:
        is_kept = all(item.is_kept for item in judged)
        return RequirementResult(
            requirement, ConformanceOutcome.PASS if is_kept else ConformanceOutcome.FAIL, judged
        )
    outcome = _WITHOUT_EXCHANGES[end]
    if requirement.is_optional and outcome is ConformanceOutcome.SKIP:
        return RequirementResult(requirement, ConformanceOutcome.OMIT, detail="not-used")
    return RequirementResult(requirement, outcome, detail=end.value)
