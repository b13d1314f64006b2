"""Which way a message goes inside a region."""

from __future__ import annotations

import pytest

from services.rshep_regional.domain import (
    LocalRoute,
    check_region,
    check_system,
    check_way_up,
    indexed,
    local_system,
)
from services.rshep_regional.routes import seeds
from shared.bus.errors import BusError
from shared.contracts.addresses import GATEWAY
from shared.regulations.book import PassportBook

LOCALS = indexed(
    [
        LocalRoute("*", "*", "is_mio"),
        LocalRoute("*", "akim", "for all by the аким"),
        LocalRoute("housing", "portal", "arm_rshep"),
        LocalRoute("housing", "*", "is_housing"),
    ]
)


@pytest.mark.parametrize("region", ["KZ-AKM", "KZ-NOWHERE", "", None])
def test_a_gateway_serves_its_own_region_only(region: str | None) -> None:
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
def test_what_comes_down_goes_by_the_most_particular_route(service: str, channel: str | None, system: str) -> None:
    assert local_system(service, channel, None, LOCALS) == system


@pytest.mark.parametrize(
    ("named", "system"), [("is_mio", "is_mio"), ("arm_shep", "arm_rshep"), ("", "arm_rshep"), ("x", "arm_rshep")]
)
def test_the_central_gateway_may_name_a_system_of_the_region_and_no_other(named: str, system: str) -> None:
    assert local_system("housing", "portal", named, LOCALS) == system


def test_without_a_route_no_system_provides_the_service() -> None:
    with pytest.raises(BusError) as caught:
        local_system("certificate", "portal", None, indexed([LocalRoute("housing", "*", "is_mio")]))
    assert caught.value.code == "no-local-system"


@pytest.mark.parametrize("neighbour", ["portal_pep", "arm_shep", "rshep_regional.kz-akm", "nobody"])
def test_whoever_has_no_business_here_gets_no_further(neighbour: str) -> None:
    for welcome in (GATEWAY, "is_mio", "arm_rshep"):
        check_way_up(welcome)
    with pytest.raises(BusError) as caught:
        check_way_up(neighbour)
    assert caught.value.code == "not-of-this-region"


@pytest.mark.parametrize("system", ["portal_pep", "arm_shep", "shep_gateway", "nr_iin", "nobody", ""])
def test_only_a_system_of_the_region_can_provide_its_services(system: str) -> None:
    check_system("arm_rshep")
    with pytest.raises(BusError) as caught:
        check_system(system)
    assert caught.value.code == "system-not-regional"


def test_at_first_the_authoritys_own_system_gets_all_but_what_the_regulations_bring_to_the_workplace() -> None:
    book = PassportBook.load()
    of_akmola = list(seeds(book, "KZ-AKM"))
    assert of_akmola[0] == LocalRoute("*", "*", "is_mio")
    assert {(one.channel, one.system) for one in of_akmola[1:]} <= {("portal", "arm_rshep"), ("con", "arm_rshep")}
    brought = {
        (passport.service_type, graph.channel)
        for passport, graph in book.all_graphs()
        if passport.region == "KZ-AKM"
        and ("REQUEST", "arm_rshep") in {(one.kind, one.recipient) for one in graph.messages()}
    }
    assert {(one.service_id, one.channel) for one in of_akmola[1:]} == brought
    assert len(of_akmola) > len(list(seeds(book, "KZ-YUZ"))), "South Kazakhstan's acts know no such workplace"
