"""The records of steps: what the act lets a person write down, with who wrote it and when, to read and to print.

The acts name four of them: the survey of a family with its conclusion (участковая комиссия), the conclusion of a
commission, the journal in which the recipient signs, the register with which a courier carries documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.model import StepOperation
from shared.regulations.process.graph import ProcessNode
from shared.texts.catalog import texts_beside
from shared.workplace.records.shelf import HandOverProof
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.receipts import HandedPaper, ReceiptLine, hand_paper
from shared.workplace.steps.step_context import WorkplaceContext

TEXTS = texts_beside(__file__, file="record_texts.yaml", languages=("kk", "ru"))


class RecordKind(StrEnum):
    """The kind of a record, also its kind among the papers of a case."""

    SURVEY = "survey"
    CONCLUSION = "conclusion"
    JOURNAL = "journal"
    REGISTER = "register"


BY_OPERATION: Mapping[StepOperation, RecordKind] = MappingProxyType(
    {"survey": RecordKind.SURVEY, "recommend": RecordKind.CONCLUSION}
)


def make_record(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """Make the record of a step that an employee has taken, where the act lets the step have one."""
    result = _find_result(session, node)
    kind = _kind_of(node, result)
    if kind is None or context.employee is None:
        return
    title = TEXTS[f"title-{kind}"]
    lines = tuple(
        ReceiptLine(label=TEXTS[code]["ru"], label_kk=TEXTS[code]["kk"], value=value)
        for code, value in _read_lines(session, kind, context, context.employee)
    )
    hand_paper(
        session, HandedPaper(kind.value, node, result or title["ru"], title["kk"], node.clause or "", lines)
    )


def _kind_of(node: ProcessNode, result: str | None) -> RecordKind | None:
    if node.op is not None and node.op in BY_OPERATION:
        return BY_OPERATION[node.op]
    if result is not None and TEXTS["word-journal"]["ru"] in result:
        return RecordKind.JOURNAL
    return RecordKind.REGISTER if TEXTS["word-register"]["ru"] in node.action.lower() else None


def _find_result(session: WorkplaceCaseSession, node: ProcessNode) -> str | None:
    """The act's «результат процедуры» of a step; None where the act prints none."""
    if node.origin != "procedure":
        return None
    for procedure in session.passport.procedures:
        if procedure.variant == session.case.variant and procedure.telling == "content":
            return next((step.result for step in procedure.steps if step.n == node.n), None)
    return None


def _read_lines(
    session: WorkplaceCaseSession, kind: RecordKind, context: WorkplaceContext, employee: EmployeeRow
) -> Iterator[tuple[str, str]]:
    """The lines of a record, by the codes of their labels."""
    case, now = session.case, session.uow.now
    received = f"{case.received_at.astimezone(KAZAKHSTAN):%d.%m.%Y}"
    yield "line-application", f"{case.number or case.case_id}, {received}"
    yield "line-applicant", case.applicant
    if kind is RecordKind.REGISTER:
        yield "line-bar-code", case.number or case.case_id
    if context.words:
        yield "line-words", context.words
    if kind is RecordKind.CONCLUSION and f"answer-{context.answer}" in TEXTS:
        yield "line-answer", TEXTS[f"answer-{context.answer}"]["ru"]
    if kind is RecordKind.JOURNAL:
        is_signed = context.hand_over is not None and context.hand_over.proof is HandOverProof.CMS
        yield "line-signature", TEXTS["by-key" if is_signed else "on-paper"]["ru"]
    names = (employee.surname, employee.name, employee.patronymic)
    yield "line-maker", " ".join(part for part in names if part)
    yield "line-organisation", employee.organisation
    yield "line-made", f"{now.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}"
