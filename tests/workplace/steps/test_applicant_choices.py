"""What a victim of the nuclear tests chooses: the account of the compensation, the first card or a duplicate."""

from __future__ import annotations

import pytest

from shared.bus.errors import Malformed
from shared.contracts.payments import AccountKind, PaymentOrder, account_of
from tests.pki.pki_centre import IIN
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace, book


def issued(desk: Workplace, variant: str, **fields: str) -> str:
    """KZ-ATY.19 or KZ-AKM.13 at the provider, from the papers to the issued result."""
    case = desk.take_in("provider", variant=variant, fields=fields)
    graph = book().get_graph(desk.passport.id, "provider", variant)
    for step in ("p2", "p3", "p4", "p5"):
        desk.act(case, step, "granted" if "granted" in graph.get_node(step).chooses else None)
    return case


@pytest.mark.parametrize("regulation", ["KZ-AKM.13", "KZ-ATY.19"])
def test_compensation_goes_to_the_account_that_the_applicant_chose(
    open_workplace: OpenWorkplace, regulation: str
) -> None:
    """Clause 3: a personal account, or a cash control account of somebody who serves a sentence."""
    desk = open_workplace("is_mio", regulation)
    issued(desk, "decision")
    order = desk.last(PaymentOrder)
    assert (order.account_kind, order.account) == (AccountKind.PERSONAL, account_of(IIN))
    issued(desk, "decision", payment_account="cash-control")
    order = desk.last(PaymentOrder)
    kind = AccountKind.CASH_CONTROL
    assert (order.account_kind, order.account) == (kind, account_of(IIN, kind))


@pytest.mark.parametrize("regulation", ["KZ-AKM.13", "KZ-ATY.19"])
def test_card_says_whether_it_is_the_first_one_or_a_duplicate(
    open_workplace: OpenWorkplace, regulation: str
) -> None:
    desk = open_workplace("is_mio", regulation)
    document, _ = desk.output(issued(desk, "card"))
    assert document.text.endswith("Выдано удостоверение.")
    document, _ = desk.output(issued(desk, "card", card="duplicate"))
    assert document.text.endswith("Выдан дубликат удостоверения.")
    assert (document.text_kk or "").endswith("Куәліктің телнұсқасы берілді.")


def test_choice_that_clause_3_does_not_give_is_refused(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_mio", "KZ-AKM.13")
    with pytest.raises(Malformed) as refusal:
        desk.take_in("provider", variant="decision", fields={"payment_account": "offshore"})
    assert refusal.value.code == "form-invalid"
