"""The public form of the coverage: what the command prints as JSON and ШЭП answers over HTTP."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from shared.regulations.coverage.addresses import address_texts
from shared.regulations.coverage.book import CoverageBook, CoverageFigures
from shared.regulations.coverage.model import ActClause, ActReference, LocalizedText
from shared.regulations.coverage.step_places import PlacedStep, steps_by_place
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import title_in, translate
from shared.texts.catalog import LANGUAGES

Texts = dict[str, str]
ShortText = Annotated[str, Field(max_length=400)]


class CoverageFiguresView(BaseModel):
    """How many clauses there are, and what became of them."""

    clauses: int
    executed: int
    frame: int
    not_executed: int
    by_fate: dict[str, int]


class RegulationCoverageView(BaseModel):
    """The figures of one regulation."""

    id: str
    title: dict[str, str | None]
    figures: CoverageFiguresView


class DocumentCoverageView(BaseModel):
    """The figures of one document, with those of its regulations."""

    document: str
    title: Texts
    figures: CoverageFiguresView
    regulations: list[RegulationCoverageView]


class CoverageView(BaseModel):
    """The figures of all documents together, and of each."""

    figures: CoverageFiguresView
    documents: list[DocumentCoverageView]


class ClauseStepView(BaseModel):
    """A step that executes a clause; ``diagram`` is the address of the step in the diagram, at ШЭП."""

    channel: str
    variant: str
    step: str
    action: ShortText
    diagram: str


class ClauseExecutorView(BaseModel):
    """What executes a clause besides steps; ``place`` is an address at a system or a file of the project."""

    id: str
    kind: str
    text: Texts
    place: str
    tests: list[str]


class ClauseView(BaseModel):
    """One clause of an act with its fate."""

    at: Texts
    kind: str
    lines: str
    title: dict[str, str | None]
    fate: str
    fate_text: Texts
    steps: list[ClauseStepView]
    executors: list[ClauseExecutorView]
    cites: list[str]
    term: str | None
    symbol: str | None
    field: int | None


class ActReferenceView(BaseModel):
    """An act by its number and day."""

    number: str
    date: datetime.date
    body: Texts | None


class CitedActView(BaseModel):
    """A law, a standard or an order that an act cites; null where the act does not say."""

    id: str
    kind: str
    title: Texts
    body: Texts | None
    number: str | None
    date: datetime.date | None
    note: Texts | None


class ActView(BaseModel):
    """One of the five documents: its particulars, its validity in time, what it cites."""

    document: str
    title: Texts
    region: str
    language: str
    act: ActReferenceView
    registered: ActReferenceView
    repealed: ActReferenceView
    force: Texts
    is_in_force: bool
    lines: int
    sha256: str
    regulations: list[str]
    cites: list[CitedActView]


def view_coverage(coverage: CoverageBook, passports: PassportBook) -> CoverageView:
    """The figures of everything."""
    return CoverageView(
        figures=_view_figures(coverage.count_all()),
        documents=[
            DocumentCoverageView(
                document=name,
                title=_texts(document.title),
                figures=_view_figures(coverage.count_document(name)),
                regulations=list(_view_regulations(coverage, passports, name)),
            )
            for name, document in coverage.documents.items()
        ],
    )


def view_clauses(coverage: CoverageBook, passports: PassportBook, regulation: str) -> list[ClauseView]:
    """The clauses of a regulation in the order of the text; NotFound ``regulation-unknown``."""
    steps = steps_by_place(passports, passports.get_passport(regulation))
    return [_view_clause(coverage, regulation, steps, clause) for clause in coverage.get_file(regulation).clauses]


def view_resolution(coverage: CoverageBook, document: str) -> list[ClauseView]:
    """The clauses of a resolution itself, without its regulations; empty for an unknown document."""
    return [
        _view_clause(coverage, "", {}, clause)
        for file in coverage.files_of(document)
        if file.regulation is None
        for clause in file.clauses
    ]


def view_acts(coverage: CoverageBook) -> list[ActView]:
    """The five documents."""
    return [
        ActView(
            document=name,
            title=_texts(document.title),
            region=document.region,
            language=document.language,
            act=_view_reference(document.act),
            registered=_view_reference(document.registered),
            repealed=_view_reference(document.repealed),
            force=_texts(document.force),
            is_in_force=False,
            lines=document.lines,
            sha256=document.sha256,
            regulations=[file.regulation for file in coverage.files_of(name) if file.regulation is not None],
            cites=list(_view_cited(coverage, name)),
        )
        for name, document in coverage.documents.items()
    ]


def _view_figures(figures: CoverageFigures) -> CoverageFiguresView:
    return CoverageFiguresView(
        clauses=figures.clauses,
        executed=figures.executed,
        frame=figures.frame,
        not_executed=figures.not_executed,
        by_fate=dict(figures.by_fate),
    )


def _view_regulations(
    coverage: CoverageBook, passports: PassportBook, document: str
) -> Iterator[RegulationCoverageView]:
    known = {passport.id: passport for passport in passports.passports}
    for file in coverage.files_of(document):
        if file.regulation is not None:
            yield RegulationCoverageView(
                id=file.regulation,
                title={tag: title_in(tag, known[file.regulation]) for tag in LANGUAGES},
                figures=_view_figures(CoverageFigures.count(file.clauses)),
            )


def _view_clause(
    coverage: CoverageBook, regulation: str, steps_of: Mapping[str, PlacedStep], clause: ActClause
) -> ClauseView:
    steps = [steps_of[place] for place in clause.steps]
    return ClauseView(
        at=address_texts(clause.at),
        kind=clause.kind,
        lines=clause.lines,
        title=_clause_title(coverage, clause, steps),
        fate=clause.fate,
        fate_text=_texts(coverage.fates[clause.fate]),
        steps=[_view_step(regulation, step) for step in steps],
        executors=[_view_executor(coverage, name) for name in clause.by],
        cites=list(clause.cites),
        term=clause.term,
        symbol=clause.symbol,
        field=clause.field,
    )


def _clause_title(coverage: CoverageBook, clause: ActClause, steps: list[PlacedStep]) -> dict[str, str | None]:
    """Our title, or what the step of the clause says."""
    if clause.title is None:
        action = steps[0].node.action
        return {"ru": action, "kk": translate(action, "kk"), "en": translate(action, "en")}
    return {**_texts(coverage.titles[clause.title])}


def _view_step(regulation: str, step: PlacedStep) -> ClauseStepView:
    query = urlencode({"channel": step.channel, "variant": step.variant})
    return ClauseStepView(
        channel=step.channel,
        variant=step.variant,
        step=step.node.id,
        action=step.node.action,
        diagram=f"/regulations/{regulation}/diagram?{query}#{step.node.id}",
    )


def _view_executor(coverage: CoverageBook, name: str) -> ClauseExecutorView:
    executor = coverage.executors[name]
    return ClauseExecutorView(
        id=name, kind=executor.kind, text=_texts(executor.text), place=executor.place, tests=list(executor.tests)
    )


def _view_reference(reference: ActReference) -> ActReferenceView:
    return ActReferenceView(
        number=reference.number, date=reference.date, body=_texts(reference.body) if reference.body else None
    )


def _view_cited(coverage: CoverageBook, document: str) -> Iterator[CitedActView]:
    cited = {name for file in coverage.files_of(document) for clause in file.clauses for name in clause.cites}
    for name, act in coverage.cited_acts.items():
        if name in cited:
            yield CitedActView(
                id=name,
                kind=act.kind,
                title=_texts(act.title),
                body=_texts(act.body) if act.body else None,
                number=act.number,
                date=act.date,
                note=_texts(act.note) if act.note else None,
            )


def _texts(text: LocalizedText) -> Texts:
    return {"ru": text.ru, "kk": text.kk, "en": text.en}
