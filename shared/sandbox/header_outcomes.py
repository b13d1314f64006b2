"""The outcome that is ordered with an application by a header, in the words of ``egov-bus trigger``:

    X-Sandbox-Outcome: refused; refusal=untrue; after=3600

First the outcome: ``granted``, ``refused``, ``extended``, ``late`` or ``never``; then ``refusal``, the code of a
reason in three languages, and ``after`` (seconds of the bus's time) or ``polls`` (questions for the state).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any

from fastapi import Header
from pydantic import ValidationError

from shared.bus.errors import Conflict, Malformed, Refused, Unavailable
from shared.regulations.model import Passport
from shared.sandbox.magic_people import read_endings
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import EXTENDED, GRANTED, REFUSED, EffectKind, OutcomeOrder, RuleEffect

OUTCOME_HEADER = "X-Sandbox-Outcome"
OBEYED_SECONDS = 10.0
"""How long an application waits until its order is obeyed."""
LOOK_SECONDS = 0.02
OUTCOMES: Mapping[str, Mapping[str, Any]] = {
    GRANTED: {"outcome": GRANTED},
    REFUSED: {"outcome": REFUSED},
    EXTENDED: {"outcome": EXTENDED},
    "late": {"late": True},
    "never": {"never": True},
}
FURTHER = {"refusal": "refusal", "after": "seconds", "polls": "polls"}
"""The fields of an effect by the words of the header."""

OutcomeHeader = Annotated[
    str | None,
    Header(
        max_length=200,
        description="Sandbox only: what becomes of the application, as `refused; refusal=untrue; after=60`.",
    ),
]


def read_outcome(header: str | None, *, is_open: bool) -> RuleEffect | None:
    """The effect that a header orders, None without one.

    Refused ``sandbox-only`` in production; Malformed ``outcome-malformed`` with the words that it may have.
    """
    if header is None:
        return None
    if not is_open:
        raise Refused("sandbox-only", f"{OUTCOME_HEADER} orders an outcome in the sandbox only")
    word, *pairs = (part.strip() for part in header.split(";"))
    if word not in OUTCOMES:
        raise _refuse(word, OUTCOMES)
    fields: dict[str, Any] = dict(OUTCOMES[word])
    for pair in pairs:
        name, _, value = (part.strip() for part in pair.partition("="))
        if name not in FURTHER or FURTHER[name] in fields:
            raise _refuse(name, FURTHER)
        fields[FURTHER[name]] = value
    if fields.get("refusal") not in (None, *list_refusals()):
        raise _refuse(fields["refusal"], list_refusals())
    try:
        return RuleEffect.model_validate({"kind": EffectKind.OUTCOME, **fields}, strict=False)
    except ValidationError as error:
        raise Malformed("outcome-malformed", error.errors()[0]["msg"], value=header) from None


def _refuse(value: str, meant: Iterable[str]) -> Malformed:
    return Malformed("outcome-malformed", f"{OUTCOME_HEADER}: not known here", value=value, meant=list(meant))


@cache
def list_refusals() -> tuple[str, ...]:
    """The codes of reasons that a header may name: those of the table of magic people."""
    effects = (order.effect for person in read_endings().values() for order in person.rules)
    return tuple(sorted({effect.refusal for effect in effects if effect.refusal}))


def check_extension(effect: RuleEffect, passports: Iterable[Passport]) -> None:
    """Conflict ``event-impossible`` where an extension is ordered and no act has one."""
    if effect.outcome == EXTENDED and not any(one.extensions for one in passports):
        raise Conflict("event-impossible", "the act extends no deadline")


async def order_outcome(book: RuleBook, instance: str, order: OutcomeOrder) -> None:
    """Have ШЭП set the rule for a case; when this returns, this process and those that follow obey it.

    Unavailable ``rules-unavailable`` when ШЭП does not answer in time.
    """
    book.put_order(instance, order)
    try:
        async with asyncio.timeout(OBEYED_SECONDS):
            while not book.has_rule(order.rule_id):  # noqa: ASYNC110 - the book belongs to threads too
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise Unavailable("rules-unavailable", "ШЭП has not set the rule for this outcome") from None
