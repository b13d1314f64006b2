"""The result comes back to the centre, waits on the shelf, and is handed to the person who may collect it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from shared.bus.errors import BusError, Conflict, Malformed, Refused
from shared.contracts.cases import CaseResult, DecisionOutcome, StatusChanged
from shared.contracts.documents import OutputDocument, Representative
from shared.contracts.registers import PersonAnswer, PersonRecord, PowerAnswer, PowerOfAttorney, PowerQuery
from shared.pki.certificates.profile import CertificateKind
from shared.workplace.records import shelf
from shared.workplace.records.shelf import HandOverProof, ShelfRow, ShelfStatus
from shared.workplace.records.stages import CaseStage
from shared.workplace.steps import hand_over as handing
from shared.workplace.steps.hand_over import HandOverRequest
from shared.workplace.steps.records.recipient_signatures import compose_statement
from tests.pki.near_centre import signed
from tests.pki.pki_centre import IIN, OTHER_IIN
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace

PROVIDER = ("p1", "p2", "p3", "p4")
KNOWN = PersonAnswer(
    person=PersonRecord(
        iin=IIN,
        surname="Ахметов",
        name="Нұрлан",
        birth_date=date(1985, 1, 1),
        sex="M",
        region="KZ-ATY",
        address="Атырау",
        is_alive=True,
    )
)
AGENT = Representative(iin=OTHER_IIN, power_number="Д-77")


@pytest.fixture
def con(open_workplace: OpenWorkplace) -> Workplace:
    return open_workplace("is_con", "KZ-AKM.2")


def sent_on(desk: Workplace) -> str:
    """A case whose papers were accepted and sent to the provider."""
    case = desk.take_in("con")
    desk.act(case, "w3")
    desk.act(case, "w4")
    return case


def output_of(desk: Workplace, case: str, outcome: DecisionOutcome) -> bytes:
    """The output document of the provider for this case."""
    known = desk.case(case)
    document = OutputDocument(
        application_id=case,
        number="KZ-AKM-2026-0000009",
        regulation=known.regulation,
        service="Услуга",
        authority="Отдел",
        applicant=known.applicant,
        outcome=outcome,
        text="Решено",
        issued_at=desk.now,
    )
    return document.model_dump_json().encode()


def came_back(desk: Workplace, outcome: DecisionOutcome = DecisionOutcome.POSITIVE) -> str:
    """A case whose result the provider sent back."""
    case = sent_on(desk)
    answer = "granted" if outcome is DecisionOutcome.POSITIVE else "refused"
    fields = desk.common(case, *PROVIDER, f"p6 {answer}", "p7", "p8")
    document = signed(
        output_of(desk, case, outcome), CertificateKind.EMPLOYEE, desk.now, desk.case(case).authority
    )
    result = CaseResult.model_construct(
        **fields, number="KZ-AKM-2026-0000009", outcome=outcome, document=document, reason=None, status=None
    )
    desk.hear(case, result, "p8")
    return case


def on_shelf(desk: Workplace, case: str) -> ShelfRow | None:
    return desk.read(lambda session: shelf.find_result(session, case))


def hand_over(desk: Workplace, case: str, request: HandOverRequest) -> None:
    worker = desk.employee()
    desk.work_on(case, lambda session: handing.hand_over(session, worker, request))


def test_status_of_the_provider_shows_at_the_centre_as_it_comes(con: Workplace) -> None:
    case = sent_on(con)
    update = StatusChanged(**con.common(case, "p1"), authority="a", status="зарегистрировано", number="N-9")
    con.hear(case, update, "p1")
    after = con.case(case)
    assert (after.status, after.number) == ("зарегистрировано", "N-9")
    assert con.steps(case)[-1] == "p1"


def test_result_that_comes_back_waits_on_the_shelf_for_a_month(con: Workplace) -> None:
    """KZ-AKM.2, w5: «Гражданин приходит сам и получает результат в окне»; a centre keeps it for a month."""
    case = came_back(con)
    after = con.case(case)
    assert (after.outcome, after.number, after.stage) == ("positive", "KZ-AKM-2026-0000009", CaseStage.DECIDED)
    assert con.todo(case) == ["w5:wait"]
    row = on_shelf(con, case)
    assert row is not None
    assert (row.standing, row.place, row.ready_at) == (ShelfStatus.WAITING, after.place, con.now)
    assert row.keep_until == datetime.fromisoformat("2026-04-02T23:59:59+05:00")


def test_refusal_is_told_at_the_window_and_lies_on_no_shelf(con: Workplace) -> None:
    """w6: «Об отказе гражданину сообщают и отдают письменное обоснование»."""
    case = came_back(con, DecisionOutcome.NEGATIVE)
    assert con.todo(case) == ["w6"]
    assert on_shelf(con, case) is None
    assert con.act(case, "w6").stage == CaseStage.COMPLETED


def test_result_is_handed_to_the_applicant_on_paper(con: Workplace) -> None:
    case = came_back(con)
    hand_over(con, case, HandOverRequest(iin=IIN))
    row = on_shelf(con, case)
    assert row is not None
    assert (row.standing, row.recipient, row.proof) == (ShelfStatus.HANDED, IIN, HandOverProof.PAPER)
    assert (row.employee, row.handed_at) == (con.employee().iin, con.now)
    assert con.case(case).stage == CaseStage.COMPLETED
    assert con.steps(case)[-2:] == ["w5:wait", "w5"]


def test_result_is_handed_to_the_applicant_who_signs_the_statement(con: Workplace) -> None:
    case = came_back(con)
    statements: list[bytes] = []
    con.work_on(case, lambda session: statements.append(compose_statement(session, IIN)))
    cms = signed(statements[0], at=con.now)
    hand_over(con, case, HandOverRequest.model_construct(iin=IIN, power_number=None, cms=cms, ticket=None))
    row = on_shelf(con, case)
    assert row is not None
    assert (row.proof, row.signature) == (HandOverProof.CMS, cms)


def test_signature_over_another_statement_is_refused_and_the_result_stays(con: Workplace) -> None:
    case = came_back(con)
    cms = signed(b"another statement", at=con.now)
    with pytest.raises(BusError) as caught:
        hand_over(con, case, HandOverRequest.model_construct(iin=IIN, power_number=None, cms=cms, ticket=None))
    assert caught.value.code == "other-document"
    row = on_shelf(con, case)
    assert row is not None
    assert row.standing == ShelfStatus.WAITING


def test_result_is_not_handed_to_a_stranger(con: Workplace) -> None:
    case = came_back(con)
    with pytest.raises(Refused) as caught:
        hand_over(con, case, HandOverRequest(iin=OTHER_IIN))
    assert caught.value.code == "wrong-recipient"


def asked_about(desk: Workplace, valid_to: date, *, is_in_force: bool) -> str:
    """A case about whose representative ЕНИС has answered: the power is in force or not."""
    case = came_back(desk)
    desk.work_on(case, lambda session: handing.ask_power(session, AGENT))
    assert desk.last(PowerQuery) == PowerQuery(number="Д-77", principal_iin=IIN, attorney_iin=OTHER_IIN)
    power = PowerOfAttorney(
        number="Д-77",
        principal_iin=IIN,
        attorney_iin=OTHER_IIN,
        valid_from=date(2026, 1, 1),
        valid_to=valid_to,
        is_revoked=False,
    )
    answer = PowerAnswer(power=power, is_in_force=is_in_force)
    desk.hear(desk.queries(case)["enis"].id, answer, "w5", "enis")
    return case


def test_result_is_handed_by_a_power_of_attorney_that_the_register_confirms(con: Workplace) -> None:
    case = asked_about(con, date(2026, 12, 31), is_in_force=True)
    hand_over(con, case, HandOverRequest(iin=OTHER_IIN, power_number="Д-77"))
    row = on_shelf(con, case)
    assert row is not None
    assert (row.recipient, row.power_number) == (OTHER_IIN, "Д-77")


@pytest.mark.parametrize(
    ("valid_to", "is_in_force"), [(date(2026, 12, 31), False), (date(2026, 3, 1), True)], ids=["revoked", "over"]
)
def test_power_of_attorney_that_is_not_in_force_takes_nothing(
    con: Workplace, valid_to: date, is_in_force: bool
) -> None:
    case = asked_about(con, valid_to, is_in_force=is_in_force)
    with pytest.raises(Refused) as caught:
        hand_over(con, case, HandOverRequest(iin=OTHER_IIN, power_number="Д-77"))
    assert caught.value.code == "power-not-in-force"


def test_power_of_attorney_that_nobody_asked_about_is_unconfirmed(con: Workplace) -> None:
    case = came_back(con)
    with pytest.raises(Refused) as caught:
        hand_over(con, case, HandOverRequest(iin=OTHER_IIN, power_number="Д-77"))
    assert caught.value.code == "power-unconfirmed"


def test_result_that_is_not_here_cannot_be_handed_over(con: Workplace) -> None:
    case = sent_on(con)
    with pytest.raises(Conflict) as caught:
        hand_over(con, case, HandOverRequest(iin=IIN))
    assert caught.value.code == "nothing-to-hand-over"


def test_centre_hands_nothing_over_without_saying_to_whom(con: Workplace) -> None:
    case = came_back(con)
    with pytest.raises(Malformed) as caught:
        con.work_on(case, lambda session: handing.check_plain(session, "w5"))
    assert caught.value.code == "recipient-needed"
    con.work_on(case, lambda session: handing.check_plain(session, "w6"))


def test_clerk_who_names_nobody_hands_the_result_to_the_applicant(con: Workplace) -> None:
    """A clerk of the sandbox takes the steps as they are: the applicant came, and signed on paper."""
    case = came_back(con)
    con.act(case, "w5:wait", "received")
    con.act(case, "w5")
    row = on_shelf(con, case)
    assert row is not None
    assert (row.recipient, row.proof, row.keep_until - row.ready_at > timedelta(days=30)) == (IIN, "paper", True)


def test_delivery_is_the_systems_own_step_and_the_result_then_waits(open_workplace: OpenWorkplace) -> None:
    """KZ-ATY.6, con: w8 «От услугодателя приходит результат» is taken by the system, w9 hands the result over."""
    desk = open_workplace("is_con", "KZ-ATY.6")
    case = desk.take_in("con")
    desk.hear(desk.queries(case)["nr_iin"].id, KNOWN, "w4", "nr_iin")
    desk.act(case, "w7")
    fields = desk.common(case, "p1", "p2", "p3 granted", "p4", "p5")
    result = CaseResult.model_construct(
        **fields, number=None, outcome=DecisionOutcome.POSITIVE, document=None, reason=None, status=None
    )
    desk.hear(case, result, "p5", "arm_shep")
    assert desk.steps(case)[-1] == "w8"
    assert desk.todo(case) == ["w9"]
    assert on_shelf(desk, case) is not None
