"""A message that its receiver refuses: the workplace records the refusal, and a result can be sent again."""

from __future__ import annotations

import pytest

from shared.bus.errors import Conflict, Refused, Unavailable
from shared.bus.messages.router import BuriedMessage
from shared.contracts.cases import CaseResult, DeliveryState, DeliveryStateChanged, StatusChanged
from shared.pki.cms import signed_data
from shared.workplace.clerks.clerk_office import ClerkOffice
from shared.workplace.clerks.policy import ClerkPolicy
from shared.workplace.clerks.rules import ClerkRule, ClerkRules
from shared.workplace.handlers import note_burial
from shared.workplace.records.documents import DRAFT
from shared.workplace.records.refusals import RefusalRow, refusals_of
from shared.workplace.records.storage import EmployeeRow, all_employees, read_document
from shared.workplace.steps.resending import resend_result
from shared.workplace.steps.step_context import WorkplaceContext
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace


@pytest.fixture
def mio(open_workplace: OpenWorkplace) -> Workplace:
    return open_workplace("is_mio", "KZ-YUZ.3")


def finished(desk: Workplace) -> str:
    """An application whose result is signed and sent (t12)."""
    case = desk.receive("portal")
    for line in ("t5", "t6 granted", "t11", "t12"):
        step, _, answer = line.partition(" ")
        desk.act(case, step, answer or None)
    return case


def message_ids(desk: Workplace, kind: str) -> list[str]:
    return [out.info.message_id for out in desk.sent if out.info.message_type.value == kind]


def refuse(
    desk: Workplace,
    message_id: str,
    code: str,
    recipient: str | None = "portal_pep",
    sender: str = "shep_gateway",
) -> None:
    """ШЭП, or a РШЭП, notifies the workplace that a message was refused."""
    told = DeliveryStateChanged(
        message_id=message_id, recipient=recipient, state=DeliveryState.NOT_DELIVERED, error_code=code
    )
    desk.hear(desk.new_id(), told, "t12", sender)


def refusals(desk: Workplace, case: str) -> list[RefusalRow]:
    return desk.read(lambda session: refusals_of(session, [case]))


def resend(desk: Workplace, case: str, by: EmployeeRow, cms: bytes | None = None) -> None:
    context = WorkplaceContext(employee=by, signed_document=cms)
    desk.work_on(case, lambda session: resend_result(session, context))


def own_signature(desk: Workplace, case: str, by: EmployeeRow) -> bytes:
    draft = desk.read(lambda session: read_document(session, case, DRAFT))
    assert draft is not None
    return desk.sign_as(by, draft)


def test_refused_result_is_recorded_with_its_step_code_receiver_and_moment(mio: Workplace) -> None:
    case = finished(mio)
    (sent,) = message_ids(mio, "RESPONSE")
    refuse(mio, sent, "eds-expired")
    (row,) = refusals(mio, case)
    assert (row.message_id, row.step, row.message_type) == (sent, "t12", "RESPONSE")
    assert (row.code, row.recipient, row.refused_at, row.resent_at) == ("eds-expired", "portal_pep", mio.now, None)


def test_refused_result_is_sent_again_once_with_a_signature_and_an_id_of_its_own(mio: Workplace) -> None:
    case = finished(mio)
    signer = mio.employee_for(case, "t12")
    first = mio.last(CaseResult)
    refuse(mio, message_ids(mio, "RESPONSE")[0], "eds-expired")
    resend(mio, case, signer, own_signature(mio, case, signer))
    second = mio.last(CaseResult)
    assert len(set(message_ids(mio, "RESPONSE"))) == 2
    assert first.document != second.document
    assert first.model_copy(update={"document": None}) == second.model_copy(update={"document": None})
    assert first.document is not None
    assert second.document is not None
    assert signed_data.open_signed(first.document).content == signed_data.open_signed(second.document).content
    assert refusals(mio, case)[0].resent_at == mio.now
    with pytest.raises(Conflict) as caught:
        resend(mio, case, signer)
    assert caught.value.code == "nothing-to-resend"


def test_result_that_was_not_refused_is_not_sent_again(mio: Workplace) -> None:
    case = finished(mio)
    with pytest.raises(Conflict) as caught:
        resend(mio, case, mio.employee_for(case, "t12"))
    assert caught.value.code == "nothing-to-resend"


def test_signature_that_was_refused_is_not_made_again_with_the_same_certificate(mio: Workplace) -> None:
    """The workplace has no way to НУЦ here: without another certificate nothing is sent, and the fault remains."""
    case = finished(mio)
    refuse(mio, message_ids(mio, "RESPONSE")[0], "eds-revoked")
    with pytest.raises(Unavailable) as caught:
        resend(mio, case, mio.employee_for(case, "t12"))
    assert caught.value.code == "directory-unavailable"
    assert len(message_ids(mio, "RESPONSE")) == 1
    assert refusals(mio, case)[0].resent_at is None


def test_result_is_sent_again_only_by_who_may_sign_it(open_workplace: OpenWorkplace) -> None:
    """KZ-ATY.11: the head signs the result (p4), the office issues it (p5)."""
    desk = open_workplace("is_esobes", "KZ-ATY.11")
    case = desk.receive("portal")
    for line in ("p1", "p2", "w9 met", "p3 granted", "p4", "p5"):
        step, _, answer = line.partition(" ")
        desk.act(case, step, answer or None)
    refuse(desk, message_ids(desk, "RESPONSE")[0], "envelope-mismatch")
    head, rows = desk.employee_for(case, "p4"), desk.read(all_employees)
    colleague = next(row for row in rows if row.authority == head.authority and row.role != head.role)
    stranger = EmployeeRow(**{**head.model_dump(), "authority": "kz-aty.coordination.01"})
    for person, code in ((colleague, "role-refused"), (stranger, "other-authority")):
        with pytest.raises(Refused) as caught:
            resend(desk, case, person)
        assert caught.value.code == code
    resend(desk, case, head)
    assert len(message_ids(desk, "RESPONSE")) == 2


def test_refused_status_is_recorded_and_cannot_be_sent_again(mio: Workplace) -> None:
    case = mio.receive("portal")
    assert mio.last(StatusChanged).step == "t3"
    refuse(mio, message_ids(mio, "UPDATE")[0], "case-mismatch")
    (row,) = refusals(mio, case)
    assert (row.message_type, row.step, row.code) == ("UPDATE", "t3", "case-mismatch")
    with pytest.raises(Conflict):
        resend(mio, case, mio.employee_for(case, "t12"))


def test_message_that_the_gateway_itself_refused_is_recorded_without_a_receiver(mio: Workplace) -> None:
    case = finished(mio)
    refuse(mio, message_ids(mio, "NOTIFICATION")[-1], "no-right", None)
    (row,) = refusals(mio, case)
    assert (row.message_type, row.recipient, row.code) == ("NOTIFICATION", "", "no-right")


def test_receiver_that_has_the_result_already_refuses_nothing_that_people_must_mend(mio: Workplace) -> None:
    case = finished(mio)
    signer = mio.employee_for(case, "t12")
    refuse(mio, message_ids(mio, "RESPONSE")[0], "envelope-mismatch")
    resend(mio, case, signer)
    refuse(mio, message_ids(mio, "RESPONSE")[1], "step-already-done")
    assert [row.code for row in refusals(mio, case)] == ["envelope-mismatch"]


def test_clerk_of_a_machine_sends_a_refused_result_three_times_and_then_leaves_it_to_people(
    mio: Workplace,
) -> None:
    case = finished(mio)
    office = mio.resources[ClerkOffice]
    assert isinstance(office, ClerkOffice)
    office.rules = ClerkRules(ClerkRule(policy=ClerkPolicy.INSTANT))
    for _ in range(5):
        refuse(mio, message_ids(mio, "RESPONSE")[-1], "envelope-mismatch")
    assert len(message_ids(mio, "RESPONSE")) == 3
    assert [row.resent_at is None for row in refusals(mio, case)] == [False, False, True]


def test_gateway_of_another_region_tells_nothing_of_a_case(mio: Workplace) -> None:
    case = finished(mio)
    (sent,) = message_ids(mio, "RESPONSE")
    with pytest.raises(Refused) as caught:
        refuse(mio, sent, "no-such-address", None, "rshep_regional.kz-akm")
    assert caught.value.code == "not-a-participant"
    assert refusals(mio, case) == []
    refuse(mio, sent, "no-such-address", None, "rshep_regional.kz-yuz")
    assert [row.code for row in refusals(mio, case)] == ["no-such-address"]


def test_result_that_the_carrier_never_takes_is_recorded_and_can_be_sent_again(mio: Workplace) -> None:
    case = finished(mio)
    out = next(out for out in mio.sent if out.info.message_type.value == "RESPONSE")
    buried = BuriedMessage(Unavailable("broker-never-takes", "too large"), out.address, out.info, False)
    mio.write(lambda uow: note_burial(buried, uow))
    assert [(row.code, row.recipient) for row in refusals(mio, case)] == [("broker-never-takes", "")]
    resend(mio, case, mio.employee_for(case, "t12"))
    assert len(message_ids(mio, "RESPONSE")) == 2
