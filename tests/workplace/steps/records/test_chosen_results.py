"""Every result that an act gives can be given: the employee chooses it (Akmola, annexes 8 and 16, Atyrau, annex 3,
clause 3; the acts of one result leave no choice).
"""

from __future__ import annotations

from typing import get_args

import pytest

from shared.bus.errors import Conflict, Malformed
from shared.regulations.model import Channel
from shared.regulations.passport_book import PassportBook
from shared.workplace.records.documents import list_alternative_results
from tests.workplace.steps.conftest import OpenWorkplace

BOOK = PassportBook.load()
RESULTS = [
    (passport.id, variant, result.code)
    for passport in (BOOK.get_passport(one) for one in ("KZ-AKM.8", "KZ-AKM.16", "KZ-ATY.3"))
    for variant in passport.variants
    for result in list_alternative_results(passport, variant)
]


def test_three_acts_give_one_of_several_results_and_fourteen_in_all() -> None:
    acts = {passport.id for passport, graph in BOOK.all_graphs() if graph.channel in get_args(Channel)}
    several = {
        regulation
        for regulation in acts
        for variant in BOOK.get_passport(regulation).variants
        if len(list_alternative_results(BOOK.get_passport(regulation), variant)) > 1
    }
    assert (several, len(RESULTS)) == ({"KZ-AKM.8", "KZ-AKM.16", "KZ-ATY.3"}, 14)


@pytest.mark.parametrize(("regulation", "variant", "code"), RESULTS)
def test_result_that_the_employee_chooses_is_the_one_that_is_signed(
    open_workplace: OpenWorkplace, regulation: str, variant: str, code: str
) -> None:
    desk = open_workplace("is_mio", regulation)
    case = desk.take_in("provider")
    choice: str | None = code
    while desk.todo(case):
        step = desk.todo(case)[0]
        node = desk.graph(desk.case(case)).get_node(step)
        desk.act(case, step, node.chooses[0] if node.chooses else None, result=choice)
        choice = None
    document, _ = desk.output(case)
    assert document.result == next(one.text for one in desk.passport.results if one.code == code)


def test_result_that_the_act_does_not_give_is_refused(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_mio", "KZ-AKM.16")
    case = desk.take_in("provider")
    with pytest.raises(Malformed) as error:
        desk.act(case, desk.todo(case)[0], result="palace")
    assert error.value.code == "result-unknown"
    assert error.value.details["results"] == ["certificate-of-receiving", "certificate-of-not-receiving"]


def test_result_of_a_composed_document_stays(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_mio", "KZ-AKM.16")
    case = desk.take_in("provider")
    while len(desk.todo(case)) == 1 and desk.graph(desk.case(case)).get_node(desk.todo(case)[0]).op != "issue":
        desk.act(case, desk.todo(case)[0])
    with pytest.raises(Conflict) as error:
        desk.act(case, desk.todo(case)[0], result="certificate-of-not-receiving")
    assert error.value.code == "result-settled"
