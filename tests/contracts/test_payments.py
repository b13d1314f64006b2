"""The form of account numbers and payment orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from shared.bus.errors import Malformed
from shared.contracts.payments import AMOUNTS, PAYS, AccountKind, PaymentOrder, account_of, check_iban, make_iban
from shared.contracts.population import make_population
from shared.regulations.loader import load_passports

PEOPLE = list(make_population(1, 300))
ORDER: dict[str, Any] = {
    "orderId": "case-1.1",
    "case": "case-1",
    "decision": "Q01T",
    "iin": PEOPLE[0].iin,
    "serviceType": "child-allowance",
    "regulation": "KZ-AKM.2",
    "amountTenge": "1234.50",
    "purpose": "пособие за март",
    "period": {"first": "2026-03-01", "last": "2026-03-31"},
    "account": account_of(PEOPLE[0].iin),
}


def test_account_check_digits_are_those_of_the_registrys_own_example() -> None:
    assert make_iban("125", "KZT5004100100") == check_iban("KZ86125KZT5004100100") == "KZ86125KZT5004100100"


def test_account_check_digits_see_a_wrong_character_anywhere() -> None:
    good = account_of(PEOPLE[0].iin)
    for place in range(2, len(good)):
        other = "1" if good[place] == "0" else "0"
        with pytest.raises(Malformed) as caught:
            check_iban(good[:place] + other + good[place + 1 :])
        assert caught.value.code == "account-check-digits"
        assert good not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "KZ",
            "KZ86125KZT500410010",
            "KZ86125KZT50041001000",
            "kz86125kzt5004100100",
            "DE86125KZT5004100100",
        ),
        *("KZ8612AKZT5004100100", "KZ٨٦125KZT5004100100", "KZ86125KZT50041 0100", "KZ86125KZT5004100Ж00"),
    ],
)
def test_account_number_that_is_none_at_all_is_told_so(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_iban(text)
    assert caught.value.code == "account-format"


def test_accounts_of_a_person_are_his_own_and_do_not_tell_his_number() -> None:
    accounts = [account_of(person.iin, kind) for person in PEOPLE for kind in AccountKind]
    assert len(set(accounts)) == 2 * len(PEOPLE)
    assert all(check_iban(account) == account for account in accounts)
    assert not any(person.iin[:6] in account_of(person.iin) for person in PEOPLE)


def test_services_that_pay_are_services_of_these_regulations() -> None:
    known = {(passport.service_type, passport.id) for passport in load_passports()}
    named = {(service, regulation) for service, regulations in PAYS.items() for regulation in regulations}
    assert named <= known
    assert {service for service, _ in known - named} & PAYS.keys() == set(), "every region of a service pays"


def test_services_that_pay_have_an_amount_each_and_no_other_has_one() -> None:
    assert AMOUNTS.keys() == PAYS.keys()


def test_service_for_which_the_act_names_the_centre_pays() -> None:
    named = {one.id for one in load_passports() if any(system.code == "gcvp" for system in one.systems)}
    assert named == PAYS["nuclear-test-victims"]


def test_payment_amount_is_a_string_on_the_wire_and_keeps_its_tiyn() -> None:
    order = PaymentOrder.model_validate(ORDER)
    assert order.amount_tenge == Decimal("1234.50")
    assert '"amountTenge":"1234.50"' in order.model_dump_json(by_alias=True)
    assert PaymentOrder.model_validate_json(order.model_dump_json(by_alias=True)) == order


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("amountTenge", wrong) for wrong in ("0", "-1", "0.001", "NaN", "Infinity", "1e10", "", "много")),
        ("amountTenge", "99999999999.99"),
        *(("orderId", wrong) for wrong in ("", "x" * 81, "a/b", "a b", "\x00")),
        *(("case", wrong) for wrong in ("", "x" * 101, "a case", "\x00")),
        *(("iin", wrong) for wrong in ("", "85010110002", "85010110002x", "٨٥٠١٠١١٠٠٠٢٢")),
        *(("purpose", wrong) for wrong in ("", "x" * 201, "a\x00b", "a\nb")),
        *(("account", wrong) for wrong in ("", "KZ", "x" * 20)),
        *(("regulation", wrong) for wrong in ("KZ-AKM", "KZ-AKM.100", "../x")),
        ("accountKind", "somebody-elses"),
        ("period", {"first": "2026-02-30", "last": "2026-03-31"}),
        ("surplus", "field"),
    ],
)
def test_payment_order_that_is_not_well_formed_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        PaymentOrder.model_validate({**ORDER, field: value})
    assert {str(fault["loc"][0]) for fault in caught.value.errors()} == {field}
