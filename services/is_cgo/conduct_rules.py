"""The conduct as rules of the sandbox: those of ИС ЦГО's own board, after those of the country."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import Session

from services.is_cgo import storage
from services.is_cgo.domain import ConductMode, ConductRule
from services.is_cgo.settings import CgoSettings
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts import addresses
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import EffectKind, ExchangePlace, RuleEffect, SandboxRule

SEED = "conduct"


def rule_of(subject: str, conduct: ConductRule) -> SandboxRule:
    """The rule of the sandbox that a rule of conduct is; ``subject`` is an ИИН or ``everybody``."""
    return SandboxRule(
        id=f"{addresses.CGO}:{subject}",
        origin=addresses.CGO,
        system=addresses.CGO,
        effect=RuleEffect(kind=EffectKind.CONDUCT, trouble=conduct.mode.value, seconds=conduct.seconds),
        iin=None if subject == storage.EVERYBODY else subject,
        share=conduct.percent,
        seed=SEED,
    )


def share_rules(session: Session, book: RuleBook, settings: CgoSettings) -> None:
    """Have the book of this process hold the rules as they are stored: those for one person first, then that for
    everybody, or without one that of the settings.
    """
    stored = storage.read_conduct(session)
    usual = ConductRule(settings.cgo_mode, settings.cgo_percent, settings.cgo_seconds)
    everybody = stored.pop(storage.EVERYBODY, usual)
    rules = [rule_of(iin, conduct) for iin, conduct in sorted(stored.items())]
    if everybody.mode is not ConductMode.ANSWER:
        rules.append(rule_of(storage.EVERYBODY, everybody))
    book.replace_own_rules(addresses.CGO, rules)


def find_conduct(iin: str, received: ReceivedMessage, uow: UnitOfWork) -> ConductRule:
    """The conduct towards this query: of the first rule that applies, else an answer at once."""
    book = uow.resource(RuleBook)
    share_rules(uow.session, book, uow.resource(CgoSettings))
    facts = replace(book.people.facts_of(received.info, b""), iin=iin)
    hit = book.draw(addresses.CGO, ExchangePlace.SERVICE, facts, (EffectKind.CONDUCT,), key=received.message_key)
    if hit is None:
        return ConductRule(ConductMode.ANSWER)
    return ConductRule(ConductMode(hit.effect.trouble or ""), seconds=hit.effect.seconds or 0.0)
