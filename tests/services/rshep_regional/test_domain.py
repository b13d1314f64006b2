"""The way of a message inside a region."""

from __future__ import annotations

import pytest

from services.rshep_regional.domain import (
    LocalRoute,
    RegionalRegister,
    check_neighbour,
    check_region,
    check_system,
    choose_local_system,
)
from services.rshep_regional.routes import derive_routes
from shared.bus.errors import BusError
from shared.contracts.addresses import GATEWAY
from shared.regulations.passport_book import PassportBook

LOCALS = RegionalRegister.of_region(
    [
        LocalRoute("*", "*", "is_mio"),
        LocalRoute("*", "akim", "for all by the аким"),
        LocalRoute("housing", "portal", "arm_rshep"),
        LocalRoute("housing", "*", "is_housing"),
    ]
)


@pytest.mark.parametrize("region", ["KZ-AKM", "KZ-NOWHERE", "", None])
def test_gateway_serves_its_own_region_only(region: str | None) -> None:
    check_region("KZ-YUZ", "KZ-YUZ")
    with pytest.raises(BusError) as caught:
        check_region(region, "KZ-YUZ")
    assert caught.value.code == "wrong-region"


@pytest.mark.parametrize(
    ("service", "channel", "system"),
    [
        ("housing", "portal", "arm_rshep"),
        ("housing", "con", "is_housing"),
        ("housing", None, "is_housing"),
        ("certificate", "portal", "is_mio"),
        ("certificate", "akim", "for all by the аким"),
        ("certificate", None, "is_mio"),
    ],
)
def test_route_downwards_is_the_most_particular_one(service: str, channel: str | None, system: str) -> None:
    assert choose_local_system(service, channel, None, LOCALS) == system


@pytest.mark.parametrize(
    ("named", "system"), [("is_mio", "is_mio"), ("arm_shep", "arm_rshep"), ("", "arm_rshep"), ("x", "arm_rshep")]
)
def test_gateway_at_the_centre_may_name_a_system_of_the_region_and_no_other(named: str, system: str) -> None:
    assert choose_local_system("housing", "portal", named, LOCALS) == system


def test_route_that_is_missing_leaves_the_service_without_a_system() -> None:
    with pytest.raises(BusError) as caught:
        choose_local_system(
            "certificate", "portal", None, RegionalRegister.of_region([LocalRoute("housing", "*", "is_mio")])
        )
    assert caught.value.code == "no-local-system"


@pytest.mark.parametrize("neighbour", ["portal_pep", "arm_shep", "rshep_regional.kz-akm", "nobody"])
def test_gateway_lets_no_neighbour_without_business_here_any_further(neighbour: str) -> None:
    for welcome in (GATEWAY, "is_mio", "arm_rshep"):
        check_neighbour(welcome, LOCALS.systems)
    with pytest.raises(BusError) as caught:
        check_neighbour(neighbour, LOCALS.systems)
    assert caught.value.code == "not-of-this-region"


@pytest.mark.parametrize("system", ["portal_pep", "arm_shep", "shep_gateway", "nr_iin", "nobody", ""])
def test_region_services_can_be_provided_only_by_a_system_of_the_region(system: str) -> None:
    check_system("arm_rshep", LOCALS.systems)
    with pytest.raises(BusError) as caught:
        check_system(system, LOCALS.systems)
    assert caught.value.code == "system-not-regional"


def test_routes_at_first_bring_all_to_the_authority_but_what_is_the_workplaces() -> None:
    book = PassportBook.load()
    of_akmola = list(derive_routes(book, "KZ-AKM"))
    assert of_akmola[0] == LocalRoute("*", "*", "is_mio")
    assert {(one.channel, one.system) for one in of_akmola[1:]} <= {("portal", "arm_rshep"), ("con", "arm_rshep")}
    brought = {
        (passport.service_type, graph.channel)
        for passport, graph in book.all_graphs()
        if passport.region == "KZ-AKM"
        and ("REQUEST", "arm_rshep") in {(one.kind, one.recipient) for one in graph.message_routes()}
    }
    assert {(one.service_id, one.channel) for one in of_akmola[1:]} == brought
    assert len(of_akmola) > len(list(derive_routes(book, "KZ-YUZ"))), (
        "South Kazakhstan's acts know no such workplace"
    )
