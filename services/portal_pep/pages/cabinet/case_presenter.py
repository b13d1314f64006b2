"""An application as the cabinet shows it: its state, its path through the act, what happens next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.portal_pep.actions.applications import say_event
from services.portal_pep.case_session import find_citizen_questions
from services.portal_pep.domain import PORTAL
from services.portal_pep.pages.catalogue.presenter import format_term, region_title, title_of
from services.portal_pep.pages.filing.presenter import name_office, name_variant
from services.portal_pep.pages.site import WORDS
from services.portal_pep.storage import EventRow, PortalCase
from shared.casework.refusal_reason import say_reason
from shared.contracts.statuses import StatusCode, code_of_status, list_coded_statuses
from shared.regulations.calendar import WorkingCalendar
from shared.regulations.deadlines import day_of_result, limit_of, pending_steps, term_of
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.regulations.translations import text_in
from shared.web.formats import format_moment, format_remaining

CALENDAR = WorkingCalendar()
TONES = {
    StatusCode.COMPLETED: "good",
    StatusCode.EXECUTED: "good",
    StatusCode.REFUSED: "bad",
    StatusCode.NOT_DELIVERED: "bad",
    StatusCode.EXTENDED: "doubtful",
}
HIDDEN = frozenset(
    {None, "enrol", "login", "check", "refuse", "route", "show", "nothing", "query", "compose", "keep"}
)
"""Operations of systems that a citizen's path leaves out: they tell nothing of who has the application."""
ADVERSE = frozenset({"refused", "unmet", "incomplete"})


@dataclass(frozen=True)
class CaseCard:
    """A line of «История получения услуг»."""

    id: str
    title: str
    region: str
    number: str
    status: str
    tone: str
    submitted_at: datetime
    changed_at: datetime
    is_asked: bool


@dataclass(frozen=True)
class CaseEvent:
    """A line of «Уведомления»."""

    application_id: str
    at: datetime
    text: str


@dataclass(frozen=True)
class PathStep:
    """A step of the case: its state (done, current, ahead), what is done, and a remark with its times."""

    state: str
    title: str
    remark: str

    @property
    def entry(self) -> tuple[str, str, str]:
        """The step as the component of pages takes it."""
        return self.state, self.title, self.remark


@dataclass(frozen=True)
class CitizenQuestion:
    """A question to the citizen: the step, the act's words, the answers with their titles, whether papers or a
    written answer belong to it.
    """

    step: str
    text: str
    answers: Sequence[tuple[str, str]]
    has_papers: bool


@dataclass(frozen=True)
class CaseView:
    """All that the page of an application shows."""

    card: CaseCard
    office: str
    variant: str
    is_open: bool
    expected_at: datetime | None
    outcome: str
    reason: str
    refusal: str
    path: Sequence[PathStep]
    next_text: str
    questions: Sequence[CitizenQuestion]


def describe_card(case: PortalCase, book: PassportBook, tag: str) -> CaseCard:
    """An application in the list."""
    passport, code = book.get_passport(case.regulation), code_of_status(case.status)
    is_asked = case.outcome is None and bool(find_citizen_questions(_read_state(case, book)))
    return CaseCard(
        case.case_id,
        title_of(tag, passport),
        region_title(passport.region, tag),
        case.number or "",
        say_status(case.status, tag),
        TONES.get(code, "plain"),
        case.submitted_at,
        case.changed_at,
        is_asked,
    )


def describe_case(case: PortalCase, book: PassportBook, tag: str, now: datetime) -> CaseView:
    """The page of an application at a moment."""
    passport, state = book.get_passport(case.regulation), _read_state(case, book)
    questions = find_citizen_questions(state) if case.outcome is None else []
    path = list(_list_path(case, state, tag, now))
    return CaseView(
        card=describe_card(case, book, tag),
        office=name_office(passport, case.authority, tag),
        variant=name_variant(passport, case.variant, tag) if len(passport.variants) > 1 else "",
        is_open=case.outcome is None,
        expected_at=_expect_result(state, case) if case.outcome is None else None,
        outcome=case.outcome or "",
        reason=say_reason(case, tag),
        refusal=text_in(tag, case.refusal) if case.refusal else "",
        path=path,
        next_text=_say_next(state, case, tag, now, is_asked=bool(questions)),
        questions=[describe_question(node, state.graph, tag) for node in questions],
    )


def say_status(status: str, tag: str) -> str:
    """A status: the act's own words, in English the title of its code."""
    if tag == "en":
        return next(coded.titles["en"] for coded in list_coded_statuses() if coded.code == code_of_status(status))
    text = text_in(tag, status)
    return text[:1].upper() + text[1:]


def describe_event(row: EventRow, book: PassportBook, tag: str) -> CaseEvent:
    """A line of «Уведомления», whole in the reader's language."""
    service, status = title_of(tag, book.get_passport(row.regulation)), say_status(row.status, tag)
    return CaseEvent(row.case_id, row.at, say_event(row, tag, service, status))


def say_operation(node: ProcessNode, tag: str) -> str:
    """What is done in a step, in a few words of ours."""
    code = "op-wait" if node.kind == "wait" else f"op-{(node.op or 'nothing').replace('_', '-')}"
    return WORDS[code][tag]


def _read_state(case: PortalCase, book: PassportBook) -> ProcessState:
    return ProcessState(book.get_graph(case.regulation, PORTAL, case.variant), case.steps)


def _list_path(case: PortalCase, state: ProcessState, tag: str, now: datetime) -> Iterator[PathStep]:
    graph, times = state.graph, {step.step: step.at for step in state.done_steps}
    done = [node for node in map(graph.get_node, state.answers) if _is_shown(node)]
    for node in sorted(done, key=lambda node: times[node.id]):
        yield PathStep("done", say_operation(node, tag), _remark_done(graph, node, times, tag))
    if case.outcome is not None:
        return
    due = {step.node: step.due for step in pending_steps(graph, state.allowed_nodes, times, now, CALENDAR)}
    allowed = [
        node for node in map(graph.get_node, state.allowed_nodes) if node.end is None and node.op != "refuse"
    ]
    for node in [*filter(_is_shown, allowed)] or allowed:
        yield PathStep("current", say_operation(node, tag), _remark_due(node, due.get(node.id), tag, now))
    for node in _follow(graph, state):
        yield PathStep("ahead", say_operation(node, tag), _remark_ahead(node, tag))


def _is_shown(node: ProcessNode) -> bool:
    return node.end is None and (node.kind == "wait" or node.op not in HIDDEN)


def _follow(graph: ProcessGraph, state: ProcessState) -> list[ProcessNode]:
    """The steps ahead on the way that grants the service, in the order of the act, those that are shown."""
    seen, waiting = {*state.answers, *state.allowed_nodes}, list(state.allowed_nodes)
    known = frozenset(seen)
    while waiting:
        for transition in graph.transitions_from(waiting.pop()):
            target = graph.get_node(transition.target)
            if transition.answer in ADVERSE or target.op == "refuse" or target.id in seen:
                continue
            seen.add(target.id)
            waiting.append(target.id)
    return [node for node in graph.nodes if node.id in seen - known and _is_shown(node)]


def _remark_done(graph: ProcessGraph, node: ProcessNode, times: dict[str, datetime], tag: str) -> str:
    _, due = term_of(graph, node, times, CALENDAR)
    at = format_moment(times[node.id], tag)
    if due is None:
        return at
    code = "step-at-late" if times[node.id] > due else "step-at-planned"
    return WORDS[code][tag].format(at=at, due=format_moment(due, tag))


def _remark_due(node: ProcessNode, due: datetime | None, tag: str, now: datetime) -> str:
    actor = say_actor(node, tag)
    if due is None:
        return actor
    left = format_remaining(due, now, tag)
    return WORDS["step-due"][tag].format(actor=actor, due=format_moment(due, tag), left=left)


def _remark_ahead(node: ProcessNode, tag: str) -> str:
    term = format_term(limit_of(node), tag)
    return f"{say_actor(node, tag)}, {term}" if term else say_actor(node, tag)


def say_actor(node: ProcessNode, tag: str) -> str:
    """Who takes a step: the act's words, in English the side to which they belong."""
    if tag != "en" and node.actor and node.actor != "-":
        return text_in(tag, node.actor)
    return WORDS["side-portal" if node.holder == "portal_pep" else "side-authority"][tag]


def _say_next(state: ProcessState, case: PortalCase, tag: str, now: datetime, *, is_asked: bool) -> str:
    if case.outcome is not None:
        return WORDS["next-over"][tag]
    if is_asked:
        return WORDS["next-you"][tag]
    if code_of_status(case.status) is StatusCode.NOT_DELIVERED:
        return WORDS["next-again"][tag]
    return WORDS["next-wait"][tag]


def _expect_result(state: ProcessState, case: PortalCase) -> datetime | None:
    """The latest moment of the result by the act, counted from the last known step."""
    if not case.steps:
        return None
    last = max(case.steps, key=lambda step: step.at)
    return day_of_result(state.graph, last.step, last.at, CALENDAR)


def describe_question(node: ProcessNode, graph: ProcessGraph, tag: str) -> CitizenQuestion:
    """A question of the act to the citizen, in a language."""
    titles = {
        transition.answer: text_in(tag, transition.when)
        for transition in graph.transitions_from(node.id)
        if transition.answer and transition.when
    }
    return CitizenQuestion(
        step=node.id,
        text=text_in(tag, node.action),
        answers=[(code, titles.get(code) or WORDS[f"answer-{code}"][tag]) for code in node.chooses],
        has_papers=node.wait is not None,
    )
