"""The initial register, from the passports alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.shep_gateway import register, storage
from services.shep_gateway.domain import AccessRight, GatewayRoute, RegisterSnapshot
from services.shep_gateway.seeding import seed_register
from shared.bus.errors import BusError, Conflict
from shared.bus.persistence.database import Database, database_url
from shared.casework.runner import REGISTERS
from shared.contracts import addresses
from shared.regulations.passport_book import PassportBook

SERVICE = "unemployment-certificate"


@pytest.fixture(scope="module")
def directions() -> RegisterSnapshot:
    book = PassportBook.load()
    return RegisterSnapshot.from_register(
        register.MEMBERS, register.derive_rights(book), register.derive_routes(book)
    )


@pytest.mark.parametrize(
    ("kind", "step", "recipients"),
    [
        ("REQUEST", "t1", ("is_mio",)),
        ("NOTIFICATION", "t1", ("is_con",)),
        ("UPDATE", "t3", ("portal_pep",)),
        ("UPDATE", "t7", ("portal_pep", "is_con")),
        ("RESPONSE", "t12", ("portal_pep",)),
        ("NOTIFICATION", "t12", ("is_con",)),
    ],
)
def test_messages_go_where_the_regulation_sends_them(
    directions: RegisterSnapshot, kind: str, step: str, recipients: tuple[str, ...]
) -> None:
    legs = directions.find_targets(SERVICE, "KZ-YUZ", kind, "portal", step)
    assert tuple(leg.recipient for leg in legs) == recipients


@pytest.mark.parametrize(
    ("kind", "step"), [("REQUEST", "t3"), ("UPDATE", "t1"), ("RESPONSE", "t1"), ("NOTIFICATION", "t7")]
)
def test_messages_that_the_regulation_does_not_know_go_nowhere(
    directions: RegisterSnapshot, kind: str, step: str
) -> None:
    with pytest.raises(BusError) as caught:
        directions.find_targets(SERVICE, "KZ-YUZ", kind, "portal", step)
    assert caught.value.code == "no-route"


def test_rights_are_those_that_the_regulation_and_the_registers_need_and_no_others() -> None:
    book = PassportBook.load()
    one = PassportBook((book.get_passport("KZ-YUZ.3"),), {})
    granted = {(right.sender, right.service_id, right.message_type) for right in register.derive_rights(one)}
    of_the_service = {
        ("portal_pep", "REQUEST"),
        ("portal_pep", "NOTIFICATION"),
        ("is_con", "REQUEST"),
        ("is_mio", "UPDATE"),
        ("is_mio", "RESPONSE"),
        ("is_mio", "NOTIFICATION"),
    }
    of_registers = {
        (asker, service, "REQUEST") for service, _, askers in register.REGISTER_QUERIES for asker in askers
    } | {(provider, service, "RESPONSE") for service, provider, _ in register.REGISTER_QUERIES}
    assert granted == {(sender, SERVICE, kind) for sender, kind in of_the_service} | of_registers


def test_rights_to_ask_a_register_are_given_to_those_whom_a_regulation_has_ask() -> None:
    asks = {(provider, asker) for _, provider, askers in register.REGISTER_QUERIES for asker in askers}
    named = {
        (message.recipient, addresses.system_address(message.sender))
        for _, graph in PassportBook.load().all_graphs()
        for message in graph.message_routes()
        if message.recipient in REGISTERS
    }
    assert named, "the acts ask registers"
    assert named <= asks
    assert {asker for provider, asker in asks if provider == "gcvp"} == set(addresses.PROVIDERS)
    assert "portal_pep" not in {asker for provider, asker in asks if provider in ("gcvp", "is_cgo")}


def test_systems_of_a_regions_authorities_alone_are_reached_through_its_gateway() -> None:
    assert {member.address for member in register.MEMBERS if member.is_regional} == set(addresses.REGIONAL)
    assert all(member.is_active for member in register.MEMBERS)
    assert set(addresses.PROVIDERS) < {member.address for member in register.MEMBERS}


def test_route_that_the_register_holds_is_not_new(tmp_path: Path) -> None:
    database = Database(database_url(None, tmp_path, "shep_gateway"), storage.Base.metadata)
    database.create_schema()
    fields = {"service_id": "s", "region": None, "message_type": "REQUEST", "channel": None, "step": None}
    with database.transaction() as session:
        routes = [GatewayRoute("s", None, "REQUEST", None, None, "b")]
        seed_register(session, register.MEMBERS, [AccessRight("a", "s", "REQUEST")], routes)
        storage.check_new_route(session, {**fields, "recipient": "another"})
        with pytest.raises(Conflict) as caught:
            storage.check_new_route(session, {**fields, "recipient": "b"})
    assert caught.value.code == "route-exists"
