"""What the register holds at first, from the passports alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.shep_gateway import register, storage
from services.shep_gateway.domain import Directions, Right, Route
from shared.bus.database import Database, database_url
from shared.bus.errors import BusError, Conflict
from shared.regulations.loader import load_passports

SERVICE = "unemployment-certificate"


@pytest.fixture
def directions() -> Directions:
    passports = load_passports()
    return Directions.of(register.MEMBERS, register.rights(passports), register.routes(passports))


@pytest.mark.parametrize(
    ("kind", "step", "recipients"),
    [
        ("REQUEST", 1, ("is_mio",)),
        ("NOTIFICATION", 1, ("is_con",)),
        ("UPDATE", 3, ("portal_pep",)),
        ("UPDATE", 7, ("portal_pep", "is_con")),
        ("RESPONSE", 12, ("portal_pep",)),
        ("NOTIFICATION", 12, ("is_con",)),
    ],
)
def test_messages_go_where_the_regulation_sends_them(
    directions: Directions, kind: str, step: int, recipients: tuple[str, ...]
) -> None:
    assert directions.recipients(SERVICE, "KZ-YUZ", kind, "portal", step) == recipients


@pytest.mark.parametrize(("kind", "step"), [("REQUEST", 3), ("UPDATE", 1), ("RESPONSE", 1), ("NOTIFICATION", 7)])
def test_messages_that_the_regulation_does_not_know_go_nowhere(
    directions: Directions, kind: str, step: int
) -> None:
    with pytest.raises(BusError) as caught:
        directions.recipients(SERVICE, "KZ-YUZ", kind, "portal", step)
    assert caught.value.code == "no-route"


def test_rights_are_those_that_the_regulation_and_the_registers_need_and_no_others() -> None:
    passports = [passport for passport in load_passports() if passport.id == "KZ-YUZ.3"]
    granted = {(right.sender, right.service_id, right.message_type) for right in register.rights(passports)}
    assert granted == {
        ("portal_pep", SERVICE, "REQUEST"),
        ("portal_pep", SERVICE, "NOTIFICATION"),
        ("is_con", SERVICE, "REQUEST"),
        ("is_mio", SERVICE, "UPDATE"),
        ("is_mio", SERVICE, "RESPONSE"),
        ("is_mio", SERVICE, "NOTIFICATION"),
        ("nr_iin", "nr-iin-person", "RESPONSE"),
        ("enis", "enis-power-of-attorney", "RESPONSE"),
        ("portal_pep", "nr-iin-person", "REQUEST"),
        ("is_con", "nr-iin-person", "REQUEST"),
        ("portal_pep", "enis-power-of-attorney", "REQUEST"),
        ("is_con", "enis-power-of-attorney", "REQUEST"),
        ("is_cgo", "is-cgo-citizen", "RESPONSE"),
        ("is_mio", "is-cgo-citizen", "REQUEST"),
        ("is_con", "is-cgo-citizen", "REQUEST"),
        ("gcvp", "gcvp-payment", "RESPONSE"),
        ("is_mio", "gcvp-payment", "REQUEST"),
    }


def test_only_the_authoritys_system_is_reached_through_a_region() -> None:
    assert [member.address for member in register.MEMBERS if member.is_regional] == ["is_mio"]
    assert all(member.is_active for member in register.MEMBERS)


def test_a_register_that_its_operators_changed_is_not_filled_again(tmp_path: Path) -> None:
    database = Database(database_url(None, tmp_path, "shep_gateway"), storage.Base.metadata)
    database.create()
    right, route = Right("a", "service", "REQUEST"), Route("service", None, "REQUEST", None, None, "b")
    with database.transaction() as session:
        assert storage.seed_register(session, register.MEMBERS, [right, right], [route])
    with database.transaction() as session:
        assert not storage.seed_register(session, register.MEMBERS, [Right("c", "other", "UPDATE")], [])
        known = storage.load_directions(session)
        assert known.rights == {("a", "service", "REQUEST")}
        assert known.recipients("service", None, "REQUEST", None, None) == ("b",)


def test_a_route_that_the_register_holds_is_not_new(tmp_path: Path) -> None:
    database = Database(database_url(None, tmp_path, "shep_gateway"), storage.Base.metadata)
    database.create()
    fields = {"service_id": "s", "region": None, "message_type": "REQUEST", "channel": None, "step": None}
    with database.transaction() as session:
        routes = [Route("s", None, "REQUEST", None, None, "b")]
        storage.seed_register(session, register.MEMBERS, [Right("a", "s", "REQUEST")], routes)
        storage.check_new(session, {**fields, "recipient": "another"})
        with pytest.raises(Conflict) as caught:
            storage.check_new(session, {**fields, "recipient": "b"})
    assert caught.value.code == "route-exists"
