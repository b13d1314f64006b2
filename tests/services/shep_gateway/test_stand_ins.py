"""A provider other than the passport's: the routes of messages, and the rights to send them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.shep_gateway import register, storage
from services.shep_gateway.domain import RegisterSnapshot, ServiceKey, ServiceRoute
from services.shep_gateway.seeding import seed_register
from shared.bus.errors import BusError
from shared.bus.persistence.database import Database, database_url
from shared.contracts import addresses
from shared.regulations.passport_book import PassportBook

QUEUE: ServiceKey = ("kindergarten-queue", "KZ-YUZ", "portal")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def book() -> PassportBook:
    return PassportBook.load()


def directions(book: PassportBook, changes: dict[ServiceKey, str]) -> RegisterSnapshot:
    return RegisterSnapshot.from_register(
        register.MEMBERS, register.derive_rights(book), register.derive_routes(book), changes
    )


def test_stand_in_gets_what_goes_to_the_provider_and_nothing_else_moves(book: PassportBook) -> None:
    before, after = directions(book, {}), directions(book, {QUEUE: "arm_shep"})
    moved = {key for key, legs in before.routes.items() if after.routes[key] != legs}
    assert {(*key[:2], key[3]) for key in moved} == {QUEUE}
    assert {(key[2], key[4]) for key in moved} == {("REQUEST", "t1"), ("UPDATE", "w11"), ("UPDATE", "w12")}
    for key in moved:
        (leg,) = after.routes[key]
        assert (leg.recipient, leg.is_named) == ("arm_shep", True)
    assert after.rights == before.rights, "nobody is given rights in cases of others"


def test_service_can_be_provided_by_another_system_and_be_given_back(book: PassportBook) -> None:
    known = directions(book, {})
    for route in known.list_service_routes():
        way, place = route.service_key, (route.service_type, route.region, route.channel)
        for recipient in set(addresses.PROVIDERS) - {"arm_shep"}:
            known.check_recipient(way, recipient, addresses.PROVIDERS)
            changed = directions(book, {way: recipient})
            (told,) = (one for one in changed.list_service_routes(*place[:2]) if one.channel == place[2])
            assert told == ServiceRoute(*place, route.passport, recipient, True)
    assert len(known.list_service_routes()) > 35


@pytest.mark.parametrize(
    ("sender", "taker", "kind", "may"),
    [
        ("arm_shep", "arm_shep", "UPDATE", True),
        ("arm_shep", "arm_shep", "RESPONSE", True),
        ("arm_shep", "arm_shep", "REQUEST", False),
        ("arm_shep", "is_mio", "UPDATE", False),
        ("arm_shep", None, "UPDATE", False),
        ("arm_rshep", "is_mio", "UPDATE", False),
        ("is_esobes", "is_mio", "UPDATE", False),
        ("arm_rshep", "arm_shep", "UPDATE", False),
        ("nobody", "nobody-else", "UPDATE", False),
    ],
)
def test_stand_in_may_send_what_the_provider_may_in_the_cases_taken(
    book: PassportBook, sender: str, taker: str | None, kind: str, may: bool
) -> None:
    assert directions(book, {QUEUE: "arm_shep"}).may_stand_in(sender, taker, QUEUE, kind) is may


def test_stand_in_gains_nothing_by_a_case_of_a_service_without_a_provider(book: PassportBook) -> None:
    known = directions(book, {})
    for way in (("kindergarten-queue", "KZ-YUZ", "provider"), ("x", "y", "z")):
        assert not known.may_stand_in("arm_shep", "arm_shep", way, "RESPONSE")


@pytest.mark.parametrize(
    ("taker", "kind", "may"),
    [("guest", "RESPONSE", True), ("guest", "REQUEST", False), ("nr_iin", "RESPONSE", False)],
)
def test_stand_in_of_a_register_answers_what_it_was_asked_in_any_region(
    book: PassportBook, taker: str, kind: str, may: bool
) -> None:
    known = directions(book, {("nr-iin-person", None, None): "guest"})
    for region in (None, "KZ-YUZ"):
        assert known.may_stand_in("guest", taker, ("nr-iin-person", region, None), kind) is may


def test_stand_in_loses_a_right_that_was_taken_from_the_provider(book: PassportBook) -> None:
    rights = [one for one in register.derive_rights(book) if (one.sender, one.service_id) != ("is_mio", QUEUE[0])]
    known = RegisterSnapshot.from_register(
        register.MEMBERS, rights, register.derive_routes(book), {QUEUE: "arm_shep"}
    )
    assert not known.may_stand_in("arm_shep", "arm_shep", QUEUE, "UPDATE")


@pytest.mark.parametrize("register_", ["nr_iin", "enis", "is_cgo", "gcvp", "portal_pep", "is_con"])
def test_stand_in_must_be_a_workplace(book: PassportBook, register_: str) -> None:
    with pytest.raises(BusError) as caught:
        directions(book, {}).check_recipient(QUEUE, register_, addresses.PROVIDERS)
    assert caught.value.code == "recipient-cannot-serve"


def test_stand_in_change_is_seen_by_another_replica_within_seconds(book: PassportBook, tmp_path: Path) -> None:
    database = Database(database_url(None, tmp_path, "shep_gateway"), storage.Base.metadata)
    database.create_schema()
    now = [0.0]
    here, there = register.CachedRegister(lambda: now[0]), register.CachedRegister(lambda: now[0])
    with database.transaction() as session:
        seed_register(session, register.MEMBERS, register.derive_rights(book), register.derive_routes(book))
        (route,) = (
            one
            for one in here.current_snapshot(session).list_service_routes(*QUEUE[:2])
            if one.channel == QUEUE[2]
        )
        there.current_snapshot(session)
        storage.put_service_route(session, route, "arm_shep", NOW)
        session.flush()
        here.invalidate_cache()
        assert here.current_snapshot(session).changes == {QUEUE: "arm_shep"}
        assert there.current_snapshot(session).changes == {}
        now[0] = register.FRESH_SECONDS + 0.1
        assert there.current_snapshot(session).changes == {QUEUE: "arm_shep"}
