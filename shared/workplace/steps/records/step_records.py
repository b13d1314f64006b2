"""The records of steps: composed of what the person filled in, signed by that person, printed, and sent on.

A record is a document (`StepRecordDocument`) with the CMS of the person whom the act names. It stands among the
papers of its case, and travels with the next message of the case.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.bus.errors import NotFound, Refused
from shared.contracts.documents import RecordLine, StepRecordDocument
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.process.graph import ProcessNode
from shared.regulations.translations import kazakh_title, text_in
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps import receipts
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.receipts import HandedPaper, ReceiptLine, hand_paper, next_paper_number
from shared.workplace.steps.records import record_kinds as kinds
from shared.workplace.steps.records.recipient_signatures import check_recipient
from shared.workplace.steps.records.record_entries import RecordEntry, check_entry, complete_entry
from shared.workplace.steps.records.record_kinds import TEXTS, RecordForm, RecordKind, ResultRecipient
from shared.workplace.steps.signed_documents import seal_content
from shared.workplace.steps.step_context import WorkplaceContext


@dataclass(frozen=True)
class RecordDraft:
    """What a record is composed of."""

    node: ProcessNode
    form: RecordForm
    employee: EmployeeRow
    entry: RecordEntry
    answer: str | None
    number: str
    at: datetime


def make_record(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """Make the record of a step that an employee takes, where the act lets the step have one; before the step is
    done, because the messages of the step carry the record.

    Malformed ``record-faulty``, Refused ``bar-code-unknown`` and ``wrong-recipient``; the errors of
    ``seal_content``; NotFound ``no-draft`` and Refused ``other-document`` for a CMS over another record.
    """
    form = kinds.find_form(session.graph, node)
    if form is None or context.employee is None or _is_made(session, form.kind, node):
        return
    entry = _checked_entry(session, form, context)
    draft = RecordDraft(node, form, context.employee, entry, context.answer, "", session.uow.now)
    content = _read_prepared(session, draft) if entry.cms else _compose(session, draft).model_dump_json().encode()
    _keep(session, node, seal_content(session, _signing(context, entry), content))


def prepare_record(session: WorkplaceCaseSession, step: str, context: WorkplaceContext) -> StepRecordDocument:
    """Store and return the record that the employee of the context signs at a step that waits.

    The errors of ``ProcessState.check_step``, ``check_person`` and ``make_record``; NotFound ``no-draft`` where
    the act lets people make no record at this step.
    """
    node = session.graph.get_node(step)
    form = kinds.find_form(session.graph, node)
    if form is None or context.employee is None:
        raise NotFound("no-draft", "the act lets people make no record at this step")
    session.check_person(context.employee, session.process_state.check_step(step, context.answer))
    entry = _checked_entry(session, form, context)
    document = _compose(
        session, RecordDraft(node, form, context.employee, entry, context.answer, "", session.uow.now)
    )
    session.documents.put(_draft_kind(node), document.model_dump_json().encode())
    return document


def take_unsent(session: WorkplaceCaseSession) -> tuple[bytes, ...]:
    """The signed records that no message of the case has carried, and note that one does now."""
    if not kinds.has_records(session.graph):
        return ()
    rows = receipts.receipts_of_case(session.uow.session, session.case.case_id)
    unsent = [row for row in rows if row.signed_document is not None and row.sent_at is None]
    for row in unsent:
        row.sent_at = session.uow.now
    session.uow.session.flush()
    return tuple(row.signed_document for row in unsent if row.signed_document is not None)


def find_bar_code(session: WorkplaceCaseSession) -> str | None:
    """The bar code of the register with which the papers of a case went; None before the register."""
    rows = receipts.receipts_of_case(session.uow.session, session.case.case_id)
    return next((row.bar_code for row in rows if row.bar_code is not None), None)


def _checked_entry(session: WorkplaceCaseSession, form: RecordForm, context: WorkplaceContext) -> RecordEntry:
    entry = complete_entry(form, context.record or RecordEntry(), context.decision)
    check_entry(form, entry)
    if form.kind is RecordKind.ARRIVAL and entry.fields[kinds.BAR_CODE] != find_bar_code(session):
        raise Refused("bar-code-unknown", "no register of this case has this bar code")
    if form.recipient is not None:
        check_recipient(session, form.recipient, entry)
    return entry


def _signing(context: WorkplaceContext, entry: RecordEntry) -> WorkplaceContext:
    """The context with the employee's own CMS over the record instead of the one over the result."""
    return WorkplaceContext(context.answer, context.employee, signed_document=entry.cms)


def _read_prepared(session: WorkplaceCaseSession, draft: RecordDraft) -> bytes:
    """The stored record, which must say what the employee says now."""
    content = session.documents.get(_draft_kind(draft.node))
    if content is None:
        raise NotFound("no-draft", "the record has not been composed yet")
    stored = StepRecordDocument.model_validate_json(content)  # composed here
    recomposed = _compose(
        session,
        RecordDraft(
            draft.node, draft.form, draft.employee, draft.entry, draft.answer, stored.number, stored.made_at
        ),
    )
    if recomposed != stored:
        raise Refused("other-document", "the signed record says something else than the request")
    return content


def _compose(session: WorkplaceCaseSession, draft: RecordDraft) -> StepRecordDocument:
    case, passport, form = session.case, session.passport, draft.form
    number = draft.number or next_paper_number(session)
    bar_code = number if form.kind is RecordKind.REGISTER else None
    signature = draft.entry.recipient_cms
    return StepRecordDocument(
        kind=form.kind.value,
        number=number,
        application_id=case.case_id,
        case_number=case.number or "",
        regulation=passport.id,
        step=draft.node.id,
        clause=draft.node.clause or "",
        title=form.title,
        title_kk=form.title_kk,
        service=passport.title.ru,
        service_kk=kazakh_title(passport).text,
        applicant=case.applicant,
        lines=tuple(_read_lines(session, draft, bar_code)),
        bar_code=bar_code,
        recipient_signature=None if signature is None else b64encode(signature).decode(),
        made_at=draft.at,
    )


def _read_lines(session: WorkplaceCaseSession, draft: RecordDraft, bar_code: str | None) -> Iterator[RecordLine]:
    case, employee = session.case, draft.employee
    received = f"{case.received_at.astimezone(KAZAKHSTAN):%d.%m.%Y}"
    yield _line("application", f"{case.number or case.case_id}, {received}")
    yield _line("applicant", case.applicant)
    if draft.form.kind is RecordKind.REGISTER:
        names = [attachment.name for attachment in session.documents.application.attachments]
        title, title_kk = session.passport.title.ru, kazakh_title(session.passport).text
        yield _line("papers", "; ".join(names)) if names else _line("papers", title, title_kk)
    if draft.form.kind is RecordKind.JOURNAL:
        yield _line("result", case.number or case.case_id)
    yield from _filled_lines(draft)
    if bar_code is not None:
        yield _line("bar-code", bar_code)
    names = [part for part in (employee.surname, employee.name, employee.patronymic) if part]
    yield _line("maker", " ".join(names))
    yield _line("organisation", employee.organisation, text_in("kk", employee.organisation))
    yield _line("made", f"{draft.at.astimezone(KAZAKHSTAN):%d.%m.%Y %H:%M}")


def _filled_lines(draft: RecordDraft) -> Iterator[RecordLine]:
    """What the person filled in, and what follows from the step itself."""
    if draft.form.kind is RecordKind.CONCLUSION and draft.answer is not None:
        yield _choice_line("answer", draft.answer)
    if draft.form.recipient in (ResultRecipient.CABINET, ResultRecipient.OFFICE):
        yield _choice_line("recipient", draft.form.recipient.value)
    for field in draft.form.fields:
        value, value_kk = draft.entry.fields[field.code], draft.entry.fields_kk.get(field.code)
        yield _choice_line(field.code, value) if field.choices else _line(field.code, value, value_kk)


def _line(code: str, value: str, value_kk: str | None = None) -> RecordLine:
    label = TEXTS[f"line-{code}"]
    return RecordLine(label=label["ru"], label_kk=label["kk"], value=value, value_kk=value_kk)


def _choice_line(code: str, choice: str) -> RecordLine:
    wording = TEXTS.get(f"value-{choice}", {"ru": choice, "kk": choice})
    return _line(code, wording["ru"], wording["kk"])


def _keep(session: WorkplaceCaseSession, node: ProcessNode, signed_document: bytes) -> None:
    """Store a signed record with the papers of its case."""
    record = receipts.open_record(signed_document)
    lines = tuple(ReceiptLine.model_validate(line.model_dump()) for line in record.lines)
    paper = HandedPaper(
        record.kind,
        node,
        record.title,
        record.title_kk,
        record.clause,
        lines,
        number=record.number,
        signed_document=signed_document,
        bar_code=record.bar_code,
    )
    hand_paper(session, paper)


def _is_made(session: WorkplaceCaseSession, kind: RecordKind, node: ProcessNode) -> bool:
    rows = receipts.receipts_of_case(session.uow.session, session.case.case_id)
    return any((row.kind, row.step) == (kind.value, node.id) for row in rows)


def _draft_kind(node: ProcessNode) -> str:
    return f"record:{node.id}"
