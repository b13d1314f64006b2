"""The messages that a workplace accepts over the bus, the data that it keeps, and the messages that it refuses."""

from __future__ import annotations

import pytest

from shared.bus.errors import BusError, Conflict, NotFound, Refused
from shared.contracts.cases import ApplicationMessage, StatusChanged, StatusNotice
from shared.contracts.documents import ApplicationDocument, Attachment, SupplementDocument
from shared.pki.certificates.profile import CertificateKind
from shared.regulations.process.process_state import ProcessState
from shared.workplace.records.documents import SUPPLEMENT
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import read_document
from tests.pki.near_centre import signed
from tests.pki.pki_centre import IIN, NOW, OTHER_IIN
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace, book


@pytest.fixture
def mio(open_workplace: OpenWorkplace) -> Workplace:
    return open_workplace("is_mio", "KZ-YUZ.3")


def message_of(
    document: ApplicationDocument,
    state: ProcessState,
    signed_document: ApplicationDocument | None = None,
    kind: CertificateKind = CertificateKind.INDIVIDUAL,
) -> ApplicationMessage:
    """The message of an application with any signed document."""
    content = (signed_document or document).model_dump_json().encode()
    return ApplicationMessage.model_construct(
        regulation=document.regulation,
        channel=document.channel,
        variant=document.variant,
        authority=document.authority,
        document=signed(content, kind, document.made_at),
        steps=state.done_steps,
    )


def refusal_of(desk: Workplace, message: ApplicationMessage, case: str, step: str) -> str:
    """The code by which the workplace refuses an application."""
    with pytest.raises(BusError) as caught:
        desk.hear(case, message, step, "portal_pep")
    with pytest.raises(NotFound):
        desk.case(case)
    assert desk.sent == []
    return caught.value.code


def test_application_that_somebody_else_signed_is_refused(mio: Workplace) -> None:
    document, step, state = mio.application("portal", applicant=OTHER_IIN)
    assert refusal_of(mio, message_of(document, state), document.application_id, step) == "eds-iin-mismatch"


def test_application_that_a_centre_must_sign_is_refused_from_a_citizen(mio: Workplace) -> None:
    document, step, state = mio.application("con")
    assert refusal_of(mio, message_of(document, state), document.application_id, step) == "eds-purpose"


@pytest.mark.parametrize(
    "changes",
    [
        {"authority": "kz-yuz.employment.02"},
        {"variant": "another"},
        {"channel": "provider"},
        {"application_id": "00000000-0000-4000-8000-000000000000"},
    ],
    ids=lambda changes: str(*changes),
)
def test_application_that_says_otherwise_than_its_message_is_refused(
    mio: Workplace, changes: dict[str, str]
) -> None:
    document, step, state = mio.application("portal")
    message = message_of(document, state, document.model_copy(update=changes))
    assert refusal_of(mio, message, document.application_id, step) == "envelope-mismatch"


def test_application_is_registered_once(mio: Workplace) -> None:
    document, step, state = mio.application("portal")
    message, case = message_of(document, state), document.application_id
    mio.hear(case, message, step, "portal_pep")
    sent = len(mio.sent)
    with pytest.raises(Conflict) as caught:
        mio.hear(case, message, step, "portal_pep")
    assert caught.value.code == "case-exists"
    assert len(mio.sent) == sent


def filed(regulation: str) -> StatusNotice:
    """The notice by which the portal reports that an application was filed (KZ-YUZ.3, t1)."""
    graph = book().get_graph(regulation, "portal", "main")
    state = ProcessState(graph)
    while "t1" not in state.answers:
        node = graph.get_node(state.allowed_nodes[0])
        state.take_step(node.id, NOW, "portal_pep", node.chooses[0] if node.chooses else None)
    return StatusNotice(
        regulation=regulation,
        channel="portal",
        authority="kz-yuz.employment.15",
        step="t1",
        status="поступившие с ПЭП",
        steps=state.done_steps,
    )


def test_centre_watches_a_case_of_others_by_its_status(open_workplace: OpenWorkplace) -> None:
    """KZ-YUZ.3, portal, t4: «в ИС ЦОН появляется статус «поступившие с ПЭП»»; nothing waits there for people."""
    con = open_workplace("is_con", "KZ-YUZ.3")
    case = con.new_id()
    shown = con.hear(case, filed("KZ-YUZ.3"), "t1", "portal_pep")
    assert shown is not None
    assert (shown.stage, shown.status, shown.todo, shown.applicant) == (
        CaseStage.WATCHED,
        "поступившие с ПЭП",
        (),
        "",
    )
    assert con.steps(case)[-1] == "t4"
    assert con.sent == []


def reports_of(regulation: str) -> dict[str, StatusChanged | StatusNotice]:
    """By step: the reports by which ИС ЦОН follows a case of the portal (KZ-YUZ.3, t1 of ПЭП, t7 and t12 of ИС
    МИО).
    """
    graph = book().get_graph(regulation, "portal", "main")
    state, reports = ProcessState(graph), dict[str, StatusChanged | StatusNotice]()
    statuses = {"t1": "поступившие с ПЭП", "t7": "в работе", "t12": "завершение оказания услуги"}
    while (node := graph.get_node(state.allowed_nodes[0])).end is None:
        state.take_step(node.id, NOW, node.holder, next(iter({"met", "granted"} & set(node.chooses)), None))
        if node.id in statuses:
            reports[node.id] = (StatusChanged if node.id == "t7" else StatusNotice)(
                regulation=regulation,
                channel="portal",
                authority="kz-yuz.employment.15",
                step=node.id,
                status=statuses[node.id],
                steps=state.done_steps,
            )
    return reports


@pytest.mark.parametrize(
    ("order", "expected_statuses"),
    [
        (("t1", "t7", "t12"), ["поступившие с ПЭП", "в работе", "исполнение"]),
        (("t7", "t1", "t12"), ["в работе", "в работе", "исполнение"]),
        (("t7", "t12", "t1"), ["в работе", "исполнение", "исполнение"]),
    ],
)
def test_centre_shows_no_earlier_status_again_for_a_report_that_another_overtook(
    open_workplace: OpenWorkplace, order: tuple[str, ...], expected_statuses: list[str]
) -> None:
    """KZ-YUZ.3, portal, t4, t10, t15. The bus keeps the order of one sender's messages: ПЭП's report can wait at a
    replica of ШЭП while ИС МИО completes the case.
    """
    con, reports = open_workplace("is_con", "KZ-YUZ.3"), reports_of("KZ-YUZ.3")
    case, statuses = con.new_id(), []
    for step in order:
        con.hear(case, reports[step], step)
        statuses.append(con.case(case).status)
    assert statuses == expected_statuses
    assert {"t4", "t10", "t15"} <= set(con.steps(case))


def test_provider_does_not_open_a_case_for_a_notice(mio: Workplace) -> None:
    with pytest.raises(NotFound) as caught:
        mio.hear(mio.new_id(), filed("KZ-YUZ.3"), "t1", "portal_pep")
    assert caught.value.code == "case-unknown"


def waiting_for_papers(desk: Workplace) -> str:
    """KZ-ATY.2 up to p10:wait: the citizen shall send copies of documents."""
    case = desk.receive("portal", variant="employer-issue")
    for line in ("p1", "p2", "p3", "w11 met", "p4 granted", "p5", "p6", "p7", "p8", "p9"):
        step, _, answer = line.partition(" ")
        desk.act(case, step, answer or None)
    return case


def supplement(desk: Workplace, case: str, **changes: str) -> StatusChanged:
    scan = Attachment(name="гарантия", media_type="application/pdf", content="")
    document = SupplementDocument(
        **{"application_id": case, "step": "p10:wait", "applicant": IIN, **changes},
        attachments=(scan,),
        made_at=desk.now,
    )
    content = signed(document.model_dump_json().encode(), at=desk.now)
    fields = desk.common(case, "p10:wait received")
    return StatusChanged.model_construct(
        **fields, authority="a", document=content, status=None, number=None, text=None, until=None
    )


def test_papers_that_the_citizen_sends_later_are_kept_and_the_case_goes_on(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("gbd_elicense", "KZ-ATY.2")
    case = waiting_for_papers(desk)
    assert desk.todo(case) == []
    message = supplement(desk, case)
    desk.hear(case, message, "p10:wait", "portal_pep")
    assert desk.read(lambda session: read_document(session, case, SUPPLEMENT)) == message.document
    assert desk.todo(case) == ["p10"]


@pytest.mark.parametrize("changes", [{"step": "p9"}, {"application_id": "0" * 36}, {"applicant": OTHER_IIN}])
def test_papers_for_another_step_or_case_are_refused(
    open_workplace: OpenWorkplace, changes: dict[str, str]
) -> None:
    desk = open_workplace("gbd_elicense", "KZ-ATY.2")
    case = waiting_for_papers(desk)
    with pytest.raises(Refused) as caught:
        desk.hear(case, supplement(desk, case, **changes), "p10:wait", "portal_pep")
    assert caught.value.code == "envelope-mismatch"
    assert desk.read(lambda session: read_document(session, case, SUPPLEMENT)) is None
