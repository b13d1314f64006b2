"""Which way a message goes inside a region."""

from __future__ import annotations

import pytest

from services.rshep_regional.domain import check_region, next_hop
from shared.bus.errors import BusError
from shared.contracts.addresses import GATEWAY

LOCALS = {"*": "is_mio", "housing": "is_housing"}


@pytest.mark.parametrize("region", ["KZ-AKM", "KZ-NOWHERE", "", None])
def test_a_gateway_serves_its_own_region_only(region: str | None) -> None:
    check_region("KZ-YUZ", "KZ-YUZ")
    with pytest.raises(BusError) as caught:
        check_region(region, "KZ-YUZ")
    assert caught.value.code == "wrong-region"


def test_what_comes_down_goes_to_the_system_of_the_service_or_to_the_one_for_all_others() -> None:
    assert next_hop(GATEWAY, "housing", LOCALS) == "is_housing"
    assert next_hop(GATEWAY, "certificate", LOCALS) == "is_mio"


def test_what_a_local_system_sends_goes_up() -> None:
    assert {next_hop(system, "certificate", LOCALS) for system in LOCALS.values()} == {GATEWAY}


@pytest.mark.parametrize(
    ("neighbour", "locals_", "code"),
    [
        (GATEWAY, {"housing": "is_housing"}, "no-local-system"),
        ("portal_pep", LOCALS, "not-of-this-region"),
        ("rshep_regional.kz-akm", LOCALS, "not-of-this-region"),
    ],
)
def test_whoever_has_no_business_here_gets_no_further(neighbour: str, locals_: dict[str, str], code: str) -> None:
    with pytest.raises(BusError) as caught:
        next_hop(neighbour, "certificate", locals_)
    assert caught.value.code == code
