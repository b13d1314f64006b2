"""The rules of the sandbox, and the journal of what they did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, delete, func, insert, select, update
from sqlmodel import Field, Session, col

from services.shep_gateway.storage import Base
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.sandbox.rule_book import RuleFiring
from shared.sandbox.rules import ExchangePlace, SandboxRule


class SandboxRuleRow(Base, table=True):
    """A rule of the country as JSON; the first that applies is the one with the lowest number."""

    __tablename__ = "sandbox_rule"
    n: int | None = Field(default=None, primary_key=True)
    id: str = Field(max_length=100, unique=True)
    rule: str
    added_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class RulesVersionRow(Base, table=True):
    """The version of the country's rules: it grows with every change."""

    __tablename__ = "sandbox_rules_version"
    id: int = Field(primary_key=True)
    version: int


class RuleFiringRow(Base, table=True):
    """An occasion on which a rule did something. Of people it holds the case, and no number."""

    __tablename__ = "sandbox_firing"
    n: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    rule_id: str = Field(max_length=100, index=True)
    kind: str = Field(max_length=20)
    system: str = Field(max_length=100)
    place: str = Field(max_length=20)
    message_id: str | None = Field(default=None, max_length=100, index=True)
    case_id: str | None = Field(default=None, max_length=100, index=True)
    service: str | None = Field(default=None, max_length=100)
    region: str | None = Field(default=None, max_length=100)
    message_type: str | None = Field(default=None, max_length=20)
    step: str | None = Field(default=None, max_length=60)
    path: str | None = Field(default=None, max_length=200)


class RuleReportRow(Base, table=True):
    """The last report of firings of a process elsewhere that is journaled."""

    __tablename__ = "sandbox_report"
    process: str = Field(primary_key=True, max_length=100)
    number: int


def read_rules(session: Session) -> tuple[int, list[SandboxRule]]:
    """The version of the rules, and the rules in their order."""
    version = session.execute(select(col(RulesVersionRow.version))).scalar() or 0
    texts = session.execute(select(col(SandboxRuleRow.rule)).order_by(col(SandboxRuleRow.n))).scalars()
    return version, [SandboxRule.model_validate_json(text) for text in texts]


def add_rule(session: Session, rule: SandboxRule, now: datetime, *, is_first: bool = False) -> None:
    """Add a rule behind the others, or before them."""
    row: dict[str, Any] = {"id": rule.id, "rule": rule.model_dump_json(exclude_none=True), "added_at": now}
    if is_first:
        lowest = session.execute(select(func.min(col(SandboxRuleRow.n)))).scalar()
        row["n"] = 0 if lowest is None else lowest - 1
    session.execute(insert(SandboxRuleRow), [row])
    _grow_version(session)


def forget_oldest(session: Session, beginning: str, kept: int) -> None:
    """Of the rules set before all others whose ids begin so, keep the newest."""
    newest = (
        select(col(SandboxRuleRow.n))
        .where(col(SandboxRuleRow.id).startswith(beginning, autoescape=True))
        .order_by(col(SandboxRuleRow.n))
    )
    oldest = session.execute(newest.offset(kept)).scalars().all()
    session.execute(delete(SandboxRuleRow).where(col(SandboxRuleRow.n).in_(oldest)))


def remove_rules(session: Session, rule_id: str | None = None) -> int:
    """Remove a rule, or all; returns how many there were."""
    statement = delete(SandboxRuleRow)
    if rule_id is not None:
        statement = statement.where(col(SandboxRuleRow.id) == rule_id)
    cursor: Any = session.execute(statement)
    if cursor.rowcount:
        _grow_version(session)
    return int(cursor.rowcount)


def _grow_version(session: Session) -> None:
    cursor: Any = session.execute(
        update(RulesVersionRow).where(col(RulesVersionRow.id) == 1).values(version=RulesVersionRow.version + 1)
    )
    if not cursor.rowcount:
        session.execute(insert(RulesVersionRow), [{"id": 1, "version": 1}])


def add_firings(session: Session, firings: Iterable[RuleFiring]) -> None:
    """Journal what rules did."""
    rows = [
        {
            "at": firing.at,
            "rule_id": firing.rule_id,
            "kind": firing.kind.value,
            "system": firing.system,
            "place": firing.place.value,
            "message_id": None if firing.facts.path else firing.facts.message_id,
            "case_id": firing.facts.case_id,
            "service": firing.facts.service,
            "region": firing.facts.region,
            "message_type": firing.facts.message_type,
            "step": firing.facts.step,
            "path": _hide_people(firing.facts.path),
        }
        for firing in firings
    ]
    if rows:
        session.execute(insert(RuleFiringRow), rows)


def note_report(session: Session, process: str, number: int) -> bool:
    """Whether this report of a process is a new one; it is remembered."""
    row = session.get(RuleReportRow, process)
    if row is None:
        session.add(RuleReportRow(process=process, number=number))
        return True
    is_new, row.number = number > row.number, max(number, row.number)
    return is_new


def _hide_people(path: str | None) -> str | None:
    """The path without numbers of people."""
    if path is None:
        return None
    parts = ("…" if len(part) == 12 and part.isdigit() else part for part in path.split("/"))
    return "/".join(parts)[:200]


def list_rules_of(session: Session, ids: Iterable[str]) -> list[SandboxRule]:
    """The stored rules among these."""
    texts = session.execute(
        select(col(SandboxRuleRow.rule)).where(col(SandboxRuleRow.id).in_(list(ids)))
    ).scalars()
    return [SandboxRule.model_validate_json(text) for text in texts]


def replace_rule(session: Session, rule: SandboxRule) -> None:
    """Put a rule in the place of the one with its id."""
    text = rule.model_dump_json(exclude_none=True)
    session.execute(update(SandboxRuleRow).where(col(SandboxRuleRow.id) == rule.id).values(rule=text))
    _grow_version(session)


def count_polls(session: Session, rule_id: str) -> int:
    """How many questions for the state of its case a rule has seen."""
    query = select(func.count()).where(
        col(RuleFiringRow.rule_id) == rule_id, col(RuleFiringRow.place) == ExchangePlace.HTTP.value
    )
    return session.execute(query).scalar() or 0


def list_firings(session: Session, place: ListPlace, **narrowed: str | None) -> ListPage[RuleFiringRow]:
    """What rules did, the newest first, filtered by the given columns."""
    query = select(RuleFiringRow)
    for name, value in narrowed.items():
        if value is not None:
            query = query.where(getattr(RuleFiringRow, name) == value)
    return ListOrder((col(RuleFiringRow.n),)).read_page(query, place, select_rows(session))


def count_firings(session: Session) -> Mapping[str, int]:
    """How often each rule did something, by its id."""
    query = select(col(RuleFiringRow.rule_id), func.count()).group_by(col(RuleFiringRow.rule_id))
    return {row[0]: row[1] for row in session.execute(query)}


def list_case_firings(session: Session, case_id: str) -> list[RuleFiringRow]:
    """What rules did to the messages of a case, the oldest first."""
    return list_chain_firings(session, [case_id])


def list_chain_firings(session: Session, case_ids: Iterable[str]) -> list[RuleFiringRow]:
    """What rules did to these cases and questions, the oldest first."""
    query = select(RuleFiringRow).where(col(RuleFiringRow.case_id).in_(sorted(case_ids)))
    return list(session.execute(query.order_by(col(RuleFiringRow.n))).scalars())
