"""An аким's case: who works at the аким's office, and how the case goes to the department and comes back."""

from __future__ import annotations

import pytest

from shared.bus.errors import Refused
from shared.bus.persistence.list_pages import ListPlace
from shared.regulations.model import EmployeeRole
from shared.regulations.passport_book import PassportBook
from shared.workplace.people.staff import make_employees
from shared.workplace.records.storage import list_cases
from tests.workplace.kit import profile
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace

AKIM, DEPARTMENT = "kz-aty.akim.01", "kz-aty.employment.01"
FORWARDED = ("KZ-AKM.2", "KZ-AKM.7", "KZ-AKM.15", "KZ-AKM.19", "KZ-ATY.6", "KZ-ATY.7", "KZ-ATY.11", "KZ-ATY.12")


def test_office_of_an_akim_has_the_people_whom_the_acts_name_and_no_others() -> None:
    people = list(make_employees(profile("is_mio"), list(PassportBook.load().all_graphs())))
    at_akims = {
        office: sorted(one["role"] for one in people if one["authority"] == office)
        for office in ("kz-akm.akim.01", "kz-aty.akim.01", "kz-sev.akim.01")
    }
    assert at_akims == {
        "kz-akm.akim.01": ["akim", "commission", "executor", "office"],
        "kz-aty.akim.01": ["akim", "akim-specialist"],
        "kz-sev.akim.01": ["employee"],
    }


@pytest.mark.parametrize("regulation", FORWARDED)
def test_department_signs_what_came_to_an_akim_and_the_akims_office_hands_it_out(
    open_workplace: OpenWorkplace, regulation: str
) -> None:
    desk = open_workplace("is_mio", regulation)
    case = desk.take_in("akim")
    places, deciders = [desk.case(case).place], set()
    while todo := desk.todo(case):
        node = desk.graph(desk.case(case)).get_node(todo[0])
        answer = next((one for one in node.chooses if one not in ("refused", "unmet")), None)
        if node.op in ("decide", "approve"):
            deciders.add(desk.case(case).place)
        desk.act(case, node.id, answer)
        if desk.case(case).place != places[-1]:
            places.append(desk.case(case).place)
    region = regulation.partition(".")[0].lower()
    akims, department = f"{region}.akim.01", f"{region}.employment.01"
    assert (places, deciders) == ([akims, department, akims], {department})
    document, signer = desk.output(case)
    head = desk.employee(EmployeeRole.HEAD, department)
    assert (document.authority, signer) == (head.organisation, head.iin)
    assert (desk.case(case).stage, desk.case(case).authority) == ("completed", department)


def test_case_is_in_the_list_of_the_office_at_which_it_is_with_the_deadline_of_its_step(
    open_workplace: OpenWorkplace,
) -> None:
    desk = open_workplace("is_mio", "KZ-ATY.6")
    case = desk.take_in("akim")
    for step in ("a2", "a3"):
        assert (listed(desk, AKIM), listed(desk, DEPARTMENT)) == ([case], [])
        desk.act(case, step)
    assert (listed(desk, AKIM), listed(desk, DEPARTMENT)) == ([], [case])
    for step in ("p1", "p2"):
        desk.act(case, step)
    (wait,) = desk.case(case).waits
    assert wait.step == "p3"
    assert wait.due is not None
    assert 23 < (wait.due - desk.now).days < 40, "19 working days where the documents came through the аким"
    with pytest.raises(Refused) as caught:
        desk.act(case, "p3", "granted", by=desk.employee(EmployeeRole.AKIM_SPECIALIST, AKIM))
    assert caught.value.code == "other-authority"


def listed(desk: Workplace, authority: str) -> list[str]:
    page = desk.read(lambda session: list_cases(session, authority, None, ListPlace(10)))
    return [row.case_id for row in page.rows]


@pytest.mark.parametrize(("channel", "office"), [("akim", DEPARTMENT), ("provider", AKIM)])
def test_office_opens_no_case_of_another_kind_of_office(
    open_workplace: OpenWorkplace, channel: str, office: str
) -> None:
    desk = open_workplace("is_mio", "KZ-ATY.6")
    clerk = desk.employee(None, office)
    with pytest.raises(Refused) as caught:
        desk.take_in(channel, by=clerk)
    assert caught.value.code == "not-taken-here"


def test_chancellery_cannot_refuse_where_the_provider_examines(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("arm_shep", "KZ-AKM.15")
    case = desk.receive("portal")
    for step in ("p1", "p2", "p3"):
        desk.act(case, step)
    for role in (EmployeeRole.OFFICE, EmployeeRole.HEAD):
        with pytest.raises(Refused) as caught:
            desk.act(case, "w9", "unmet", reason="нет документов", by=desk.employee(role))
        assert (caught.value.code, caught.value.details["roles"]) == ("role-refused", ["executor"])
    desk.act(case, "w9", "unmet", reason="нет документов")
    document, signer = desk.output(case)
    assert (document.outcome, document.reason) == ("negative", "нет документов")
    assert signer == desk.employee(EmployeeRole.EXECUTOR).iin
