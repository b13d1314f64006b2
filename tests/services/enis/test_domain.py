"""The rules of powers of attorney."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.enis import storage
from services.enis.domain import is_between, is_in_force, synthetic_powers
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.list_pages import ListPlace
from shared.contracts.registers import PowerOfAttorney

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)
POWER = PowerOfAttorney(
    number="E-000001",
    principal_iin="850101100022",
    attorney_iin="850101100304",
    valid_from=TODAY,
    valid_to=TODAY + 10 * DAY,
    is_revoked=False,
)


@pytest.mark.parametrize(("day", "holds"), [(-1, False), (0, True), (10, True), (11, False)])
def test_power_of_attorney_holds_from_its_first_day_to_its_last(day: int, holds: bool) -> None:
    assert is_in_force(POWER, TODAY + day * DAY) is holds


def test_power_of_attorney_that_was_revoked_never_holds() -> None:
    assert not is_in_force(POWER.model_copy(update={"is_revoked": True}), TODAY)


def test_power_of_attorney_is_between_its_two_people_in_this_order() -> None:
    assert is_between(POWER, POWER.principal_iin, POWER.attorney_iin)
    assert not is_between(POWER, POWER.attorney_iin, POWER.principal_iin)


def test_powers_of_attorney_that_are_synthetic_hold_or_have_run_out_or_are_revoked() -> None:
    numbers = [f"{n:012}" for n in range(200)]
    powers = list(synthetic_powers(numbers, TODAY))
    assert len(powers) == len({power.number for power in powers}) == 20
    assert sum(is_in_force(power, TODAY) for power in powers) == 12
    assert sum(power.is_revoked for power in powers) == 4
    assert sum(power.valid_to < TODAY for power in powers) == 4
    assert all(power.principal_iin != power.attorney_iin for power in powers)


def test_register_of_powers_is_filled_once_and_read_in_the_order_of_the_numbers(tmp_path: object) -> None:
    database = Database(database_url(None, tmp_path, "enis"), storage.Base.metadata)  # type: ignore[arg-type]
    database.create_schema()
    other = POWER.model_copy(update={"number": "E-000002"})
    with database.transaction() as session:
        assert storage.seed_powers(session, [other, POWER])
        assert not storage.seed_powers(session, [POWER.model_copy(update={"number": "E-000003"})])
    with database.read_session() as session:
        assert storage.list_powers(session, "", ListPlace(10)).rows == [POWER, other]
        assert storage.list_powers(session, POWER.number, ListPlace(10)).rows == [other]
        assert storage.find_power(session, POWER.number) == POWER
        assert storage.find_power(session, "E-999999") is None
