"""The documents that are signed here: the application of a visitor, and the output document."""

from __future__ import annotations

from shared.bus.errors import Conflict, Malformed, NotFound, Refused
from shared.bus.profiles import ActiveProfile, Opening
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import OutputDocument
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import signed_data
from shared.regulations.model import EmployeeRole
from shared.workplace.people.keys import SigningKeys
from shared.workplace.people.staff import StaffDirectory
from shared.workplace.places.entries import find_accepted_place
from shared.workplace.records.applicant_choices import card_wording
from shared.workplace.records.decisions import TEXTS, Decision
from shared.workplace.records.documents import (
    APPLICATION,
    DRAFT,
    FORM,
    OUTPUT,
    RESULT_CHOICE,
    compose_output,
    list_alternative_results,
)
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.step_context import WorkplaceContext

SIGNATURE_CODES = "eds-"
"""How the codes of «условие 2» begin."""


def sign_application(session: WorkplaceCaseSession, context: WorkplaceContext) -> None:
    """Sign the form that was filled in here, once: with the employee's own CMS, or with the key stored by the
    workplace.

    Refused ``other-document`` and the codes of «условие 2» for an invalid CMS.
    """
    form = session.documents.get(FORM)
    if form is not None and session.documents.get(APPLICATION) is None:
        session.documents.put(APPLICATION, _sign_draft(session, context, form))


def signed_application(session: WorkplaceCaseSession, context: WorkplaceContext) -> bytes:
    """The signed application; where the act prescribes no signature, the employee who sends the application signs
    it (ours).
    """
    sign_application(session, context)
    return session.documents.get(APPLICATION) or b""


def is_application_signed(session: WorkplaceCaseSession) -> bool:
    """Whether the application is signed; the codes of «условие 2» for an invalid signature."""
    signed_document = session.documents.get(APPLICATION)
    if signed_document is None:
        return False
    at = max(session.uow.now, signed_data.open_signed(signed_document).certificate.not_valid_before_utc)
    session.uow.resource(CertificationCentre).check_document(
        signed_document, at=at, expected_iin=None, purpose=session.profile.purpose
    )
    return True


def read_draft(session: WorkplaceCaseSession) -> bytes:
    """The unsigned output document; NotFound ``no-draft`` before the decision."""
    draft = session.documents.get(DRAFT)
    if draft is None:
        raise NotFound("no-draft", "no output document has been composed yet")
    return draft


def compose_draft(session: WorkplaceCaseSession, decision: Decision | None) -> None:
    """Compose the unsigned output document by this decision, or by the recorded outcome."""
    decision = decision or _settled_decision(session)
    if session.case.outcome is None:
        session.note_outcome(decision.outcome, session.reason)
    prepare_draft(session, decision)


def prepare_draft(session: WorkplaceCaseSession, decision: Decision) -> None:
    """Compose the unsigned output document of a decision that is not taken yet."""
    case = session.case
    is_granted = decision.outcome is DecisionOutcome.POSITIVE
    document = compose_output(
        session.documents.application,
        session.passport,
        authority=case.authority,
        number=case.number or "",
        decision=decision,
        now=session.uow.now,
        particulars=_describe_grant(session) if is_granted else None,
        result_code=(session.documents.get(RESULT_CHOICE) or b"").decode() or None,
    )
    session.documents.put(DRAFT, document.model_dump_json().encode())


def choose_result(session: WorkplaceCaseSession, code: str) -> None:
    """Choose which of the act's results the applicant gets; before the output document is composed.

    Malformed ``result-unknown`` with the codes that the act gives, Conflict ``result-settled``.
    """
    codes = [result.code for result in list_alternative_results(session.passport, session.case.variant)]
    if code not in codes:
        raise Malformed("result-unknown", "the act gives no such result", results=codes)
    if session.documents.get(DRAFT) is not None:
        raise Conflict("result-settled", "the output document is composed")
    session.documents.put(RESULT_CHOICE, code.encode())


def _describe_grant(session: WorkplaceCaseSession) -> tuple[str, str] | None:
    """What the register adds to the text of a grant, else the place that the applicant accepted, or the card."""
    particulars = session.profile.rules.describe_grant(session.case, session.documents, session.uow)
    organisation = find_accepted_place(session.uow.session, session.case.case_id)
    if particulars is not None or organisation is None:
        return particulars or card_wording(session.documents.application)
    wording = TEXTS["granted-place"]
    return wording["ru"].format(organisation=organisation), wording["kk"].format(organisation=organisation)


def seal_output(session: WorkplaceCaseSession, context: WorkplaceContext) -> None:
    """Sign the output document with the employee's own CMS, or with the key stored by the workplace.

    Refused ``other-document`` and the codes of «условие 2» for an invalid CMS; ``own-signature-needed`` where the
    workplace signs nothing that a person must sign (`Opening.KEPT_KEYS`).
    """
    if is_sealed_by_people(session):
        _check_own_signature(session, context)
    if session.documents.get(DRAFT) is None:
        compose_draft(session, context.decision)
    session.documents.put(OUTPUT, _sign_draft(session, context, read_draft(session)))


def seal_content(session: WorkplaceCaseSession, context: WorkplaceContext, content: bytes) -> bytes:
    """Another document of a step as CMS, signed by the employee of the context as the output document is.

    The errors of ``seal_output``.
    """
    _check_own_signature(session, context)
    return _sign_draft(session, context, content)


def _check_own_signature(session: WorkplaceCaseSession, context: WorkplaceContext) -> None:
    is_own_needed = not session.uow.resource(ActiveProfile).opens(Opening.KEPT_KEYS)
    if is_own_needed and context.signed_document is None:
        raise Refused("own-signature-needed", "sign the draft with a key of your own")


def _sign_draft(session: WorkplaceCaseSession, context: WorkplaceContext, draft: bytes) -> bytes:
    if context.signed_document is not None:
        _check_signed(session, context.signed_document, context.employee, draft)
    return context.signed_document or _sign_content(session, draft, context.employee)


def seal_again(session: WorkplaceCaseSession, context: WorkplaceContext, code: str) -> None:
    """Sign the output document anew whose result was refused with this code; a result without a document stays.

    Where the signature was refused, the workplace's key signs with another certificate. The errors of
    ``seal_output``; Unavailable ``directory-unavailable`` while НУЦ cannot certify.
    """
    output, draft = session.documents.get(OUTPUT), session.documents.get(DRAFT)
    if output is None or draft is None:
        return
    if context.signed_document is not None:
        _check_signed(session, context.signed_document, context.employee, read_draft(session))
    distrusted = output if code.startswith(SIGNATURE_CODES) else None
    signed_document = context.signed_document or _sign_content(session, draft, context.employee, distrusted)
    session.documents.put(OUTPUT, signed_document)


def is_prepared(session: WorkplaceCaseSession, context: WorkplaceContext) -> bool:
    """Whether the employee has signed a draft that was prepared for this decision."""
    draft, decision = session.documents.get(DRAFT), context.decision
    if context.signed_document is None or draft is None or decision is None:
        return False
    document = OutputDocument.model_validate_json(draft)
    return (document.outcome, document.reason) == (decision.outcome, decision.reason)


def has_compose_step(session: WorkplaceCaseSession) -> bool:
    """Whether the act has a separate step in which the system composes the document."""
    return any(node.op == "compose" for node in session.graph.nodes)


def is_sealed_by_people(session: WorkplaceCaseSession) -> bool:
    """Whether the act has a step in which a person signs the result."""
    return any(node.is_sealing for node in session.graph.nodes)


def _settled_decision(session: WorkplaceCaseSession) -> Decision:
    if session.case.outcome == DecisionOutcome.NEGATIVE:
        return Decision.refuse(session.reason)
    return Decision(DecisionOutcome.POSITIVE)


def _check_signed(
    session: WorkplaceCaseSession, signed_document: bytes, employee: EmployeeRow | None, draft: bytes
) -> None:
    checked = session.uow.resource(CertificationCentre).check_document(
        signed_document,
        at=session.uow.now,
        expected_iin=employee.iin if employee else None,
        purpose=session.profile.purpose,
    )
    if checked.content != draft:
        raise Refused("other-document", "the signature is over another document than the draft")


def _sign_content(
    session: WorkplaceCaseSession,
    content: bytes,
    employee: EmployeeRow | None,
    distrusted: bytes | None = None,
) -> bytes:
    now, person = session.uow.now, employee or _answerable_employee(session)
    signer = session.uow.resource(SigningKeys).find_signer(person, now, distrusted)
    return signer.seal_document(content, now)


def _answerable_employee(session: WorkplaceCaseSession) -> EmployeeRow:
    """The employee whose key signs a document that the system composes where no step of the act signs it (ours).

    Refused ``signer-missing`` everywhere else: a person signs a document.
    """
    if is_sealed_by_people(session):
        raise Refused("signer-missing", "a person must sign this document")
    return session.uow.resource(StaffDirectory).find_employee(
        session.uow.session, session.case.place, frozenset(EmployeeRole)
    )
