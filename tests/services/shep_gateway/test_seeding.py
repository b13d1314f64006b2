"""The register across starts and versions: what is new in the catalogue comes, what operators did stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlmodel import Session, col

from services.shep_gateway import register, storage
from services.shep_gateway.domain import AccessRight, GatewayMember, GatewayRoute, RegisterSnapshot
from services.shep_gateway.seeding import SeededEntryRow, seed_register
from services.shep_gateway.storage import MemberRow, RightRow, RouteRow, empty_entry, write_journal
from shared.bus.persistence.database import Database, database_url
from shared.contracts import addresses
from shared.contracts.registers import (
    CONSENT_SERVICE,
    KDP_SERVICE,
    ORGANISATION_SERVICE,
    TEMP_FILES_SERVICE,
    TOKEN_PERSON_SERVICE,
)
from shared.regulations.passport_book import PassportBook

NEW_SYSTEMS = {addresses.KDP, addresses.GBD_UL, addresses.TEMP_FILES}
NEW_SERVICES = {CONSENT_SERVICE, KDP_SERVICE, ORGANISATION_SERVICE, TEMP_FILES_SERVICE, TOKEN_PERSON_SERVICE}
CERTIFICATE = "unemployment-certificate"
Catalogue = tuple[list[GatewayMember], list[AccessRight], list[GatewayRoute]]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(database_url(None, tmp_path, "shep_gateway"), storage.Base.metadata)
    made.create_schema()
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def present() -> Catalogue:
    book = PassportBook.load()
    return list(register.MEMBERS), list(register.derive_rights(book)), list(register.derive_routes(book))


@pytest.fixture(scope="module")
def earlier(present: Catalogue) -> Catalogue:
    """The catalogue of a version without three systems."""
    members, rights, routes = present
    return (
        [member for member in members if member.address not in NEW_SYSTEMS],
        [right for right in rights if right.service_id not in NEW_SERVICES],
        [route for route in routes if route.service_id not in NEW_SERVICES],
    )


def read_snapshot(session: Session) -> RegisterSnapshot:
    session.expire_all()
    return storage.load_snapshot(session)


def forget_records(session: Session) -> None:
    """The register as a version before the records left it."""
    session.execute(delete(SeededEntryRow))
    session.execute(update(RouteRow).values(is_provider=False))


def has_new_systems(snapshot: RegisterSnapshot) -> bool:
    legs = snapshot.find_targets(KDP_SERVICE, None, "REQUEST", None, None)
    may_ask = (addresses.NR_IIN, CONSENT_SERVICE, "REQUEST") in snapshot.rights
    return may_ask and [leg.recipient for leg in legs] == [addresses.KDP]


@pytest.mark.parametrize("is_recorded", [True, False])
def test_filled_register_gets_the_systems_of_a_later_version_and_nothing_that_was_removed(
    database: Database, earlier: Catalogue, present: Catalogue, *, is_recorded: bool
) -> None:
    with database.transaction() as session:
        assert seed_register(session, *earlier) is None
        revoked = session.get_one(RightRow, ("portal_pep", "nr-iin-person", "REQUEST"))
        session.delete(revoked)
        session.execute(update(MemberRow).where(col(MemberRow.address) == addresses.CGO).values(is_active=False))
        if not is_recorded:
            forget_records(session)
    with database.transaction() as session:
        added = seed_register(session, *present)
        assert added is not None
        snapshot = read_snapshot(session)
        assert has_new_systems(snapshot)
        assert ("portal_pep", "nr-iin-person", "REQUEST") not in snapshot.rights
        assert not session.get_one(MemberRow, addresses.CGO).is_active
        assert added == sum(len(set(present[kind])) - len(set(earlier[kind])) for kind in range(3))
        assert seed_register(session, *present) == 0


def test_register_without_marks_of_providers_gets_them(database: Database, present: Catalogue) -> None:
    with database.transaction() as session:
        seed_register(session, *present)
        marked = read_snapshot(session)
        forget_records(session)
        seed_register(session, *present)
        assert read_snapshot(session).list_service_routes(CERTIFICATE, "KZ-YUZ")
        assert read_snapshot(session) == marked


def test_removal_of_a_whole_service_stays_in_a_register_without_records(
    database: Database, present: Catalogue
) -> None:
    with database.transaction() as session:
        seed_register(session, *present)
        session.execute(delete(RightRow).where(col(RightRow.service_id) == CONSENT_SERVICE))
        session.execute(delete(RouteRow).where(col(RouteRow.service_id) == CONSENT_SERVICE))
        at = datetime(2026, 3, 16, tzinfo=UTC)
        text = f"right revoked: {addresses.NR_IIN} {CONSENT_SERVICE} REQUEST"  # as `revoke_right` journals it
        write_journal(session, database, [empty_entry(at, "CHANGED", text)])
        forget_records(session)
        seed_register(session, *present)
        assert (addresses.NR_IIN, CONSENT_SERVICE, "REQUEST") not in read_snapshot(session).rights
        assert seed_register(session, *present) == 0
