"""Documents that a consumer did not receive in time are kept (Gabit Musrepov, clause 16 item 6): the provider
keeps the signed document of a case whose applicant never came.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.contracts.cases import DecisionOutcome, DeliveryState, DeliveryStateChanged
from shared.regulations.passport_book import PassportBook
from shared.workplace.records import shelf, storage
from shared.workplace.records.documents import OUTPUT
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace

KEEPING = tuple(one.id for one in PassportBook.load().passports if one.safekeeping is not None)
HALF_A_YEAR = timedelta(days=183)


def signed_document(desk: Workplace, case: str) -> bytes | None:
    return desk.read(lambda session: storage.read_document(session, case, OUTPUT))


def worked_off(desk: Workplace, *, is_granted: bool) -> str:
    """A visitor's case at the provider that people took to its end."""
    case = desk.take_in("provider")
    for register, query in desk.queries(case).items():
        carried = DeliveryStateChanged(
            message_id=query.message_id, recipient=register, state=DeliveryState.ON_DELIVERY
        )
        desk.hear(case, carried, query.step, "shep_gateway")
    while todo := desk.todo(case):
        node = desk.graph(desk.case(case)).get_node(todo[0])
        is_refusal = node.op == "decide" and not is_granted
        answer = "refused" if is_refusal else next((one for one in node.chooses if one != "refused"), None)
        desk.act(case, node.id, answer, reason="доход выше" if is_refusal else None)
    return case


def test_acts_that_demand_safekeeping_are_the_four_that_print_it() -> None:
    assert KEEPING == ("KZ-SEV.1", "KZ-YUZ.1", "KZ-YUZ.2", "KZ-YUZ.3")


@pytest.mark.parametrize("is_granted", [True, False], ids=["granted", "refused"])
@pytest.mark.parametrize("regulation", ["KZ-SEV.1", "KZ-YUZ.2", "KZ-YUZ.3"])
def test_document_that_nobody_fetched_is_kept_at_the_provider_as_it_was_signed(
    open_workplace: OpenWorkplace, regulation: str, is_granted: bool
) -> None:
    desk = open_workplace("is_mio", regulation)
    case = worked_off(desk, is_granted=is_granted)
    content, completed = signed_document(desk, case), desk.case(case)
    assert (completed.stage, content is None) == ("completed", False)
    desk.now += HALF_A_YEAR
    desk.write(lambda uow: shelf.put_away(uow.session, uow.now))
    later = worked_off(desk, is_granted=is_granted)
    assert signed_document(desk, case) == content != signed_document(desk, later)
    assert desk.case(case) == completed
    document, _ = desk.output(case)
    expected = DecisionOutcome.POSITIVE if is_granted else DecisionOutcome.NEGATIVE
    assert (document.number, document.outcome) == (completed.number, expected)
