"""The figures of the console over a store of its own: bounded search, sums by day, flow, latency, spans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, text
from sqlmodel import Session

from services.shep_gateway import storage
from services.shep_gateway.console import journal_tally
from services.shep_gateway.console.case_spans import CaseSpan
from services.shep_gateway.console.country_systems import CountrySystems, OperatorTokens, read_places
from services.shep_gateway.console.message_flow import FlowWatch, measure_latency
from services.shep_gateway.pages.console.drawings.case_timeline import draw_timeline
from services.shep_gateway.proof.bounded_search import search_part
from services.shep_gateway.proof.delivery_lists import list_deliveries
from services.shep_gateway.proof.journal_search import JournalSearch, search_journal
from shared.bus.errors import Refused
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.list_pages import ListPlace

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRIES = 60


def entry(n: int) -> dict[str, Any]:
    """Entry ``n``: every tenth is refused, the first one alone is of another region."""
    is_refused = n % 10 == 0
    row = storage.empty_entry(BEGIN + timedelta(hours=n), "REFUSED" if is_refused else "ACCEPTED", "")
    return row | {
        "n": n,
        "sender": "portal_pep",
        "message_id": f"m{n}",
        "case_id": f"c{n}",
        "service_id": "child-benefit",
        "region": "KZ-SEV" if n == 1 else "KZ-YUZ",
        "message_type": "REQUEST",
        "channel": "portal",
        "step": "t1",
        "session_id": None if is_refused else f"s{n}",
        "recipients": "" if is_refused else "is_con" if n == 1 else "is_mio",
        "code": "no-right" if is_refused else None,
        "hash": "0" * 64,
    }


def delivery(n: int) -> dict[str, Any]:
    return {
        "sender": "portal_pep",
        "message_id": f"m{n}",
        "recipient": "is_mio",
        "case_id": f"c{n}",
        "region": "KZ-YUZ",
        "session_id": f"s{n}",
        "number": 0,
        "state": "NOT_DELIVERED" if n == 5 else "DELIVERED",
        "changed_at": BEGIN + timedelta(hours=n, seconds=3),
        "error_code": None,
    }


class StoreOfTests:
    """The unit of work of the job, over a database."""

    def __init__(self, database: Database, session: Session) -> None:
        self.database, self.session = database, session

    def resource(self, _: type[Database]) -> Database:
        return self.database


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("figures")
    database = Database(database_url(None, folder, "shep_gateway"), storage.Base.metadata)
    database.create_schema()
    with database.transaction() as session:
        database.write_many(session, storage.JournalRow.__table__, [entry(n) for n in range(1, ENTRIES + 1)])  # type: ignore[attr-defined]
        rows = [delivery(n) for n in range(1, ENTRIES + 1) if n % 10]
        database.write_many(session, storage.DeliveryRow.__table__, rows)  # type: ignore[attr-defined]
        session.add(storage.JournalHeadRow(id=1, n=ENTRIES, hash="0" * 64))
    yield database
    database.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.read_session() as session:
        yield session


def test_search_for_a_rare_entry_goes_part_by_part_to_its_end(session: Session) -> None:
    search = JournalSearch({"region": "KZ-SEV"}, system="is_con")
    first = search_part(session, search, None, 50, most=20)
    second = search_part(session, search, first.next_before, 50, most=20)
    third = search_part(session, search, second.next_before, 50, most=20)
    assert [len(part.rows) for part in (first, second, third)] == [0, 0, 1]
    assert first.searched_to == BEGIN + timedelta(hours=40)
    assert (third.next_before, third.searched_to) == (None, None)


def test_search_by_an_index_goes_through_the_whole_journal_at_once(session: Session) -> None:
    part = search_part(session, JournalSearch({"code": "no-right"}), None, 50, most=5)
    assert [row.n for row in part.rows] == [60, 50, 40, 30, 20, 10]
    assert part.next_before is None


def test_search_ends_where_the_asked_time_begins(session: Session) -> None:
    since, until = BEGIN + timedelta(hours=20), BEGIN + timedelta(hours=22)
    part = search_part(session, JournalSearch({}, since=since, until=until), None, 50, most=10)
    assert [row.n for row in part.rows] == [21, 20]
    assert part.next_before is None


def test_full_page_tells_where_the_next_one_begins(session: Session) -> None:
    part = search_part(session, JournalSearch({}), None, 7)
    assert ([row.n for row in part.rows][-1], part.next_before) == (54, 54)


def test_failed_deliveries_are_listed(session: Session) -> None:
    rows = list_deliveries(session, ListPlace(10), {"state": "NOT_DELIVERED"}).rows
    assert [row.message_id for row in rows] == ["m5"]


@pytest.mark.parametrize(
    ("table", "condition", "index"),
    [
        ("journal", "event = 'REFUSED' AND event <> 'ACCEPTED' ORDER BY n DESC", "ix_journal_trouble"),
        ("delivery", "state = 'NOT_DELIVERED' AND state <> 'DELIVERED'", "ix_delivery_unfinished"),
    ],
)
def test_rare_rows_are_found_by_an_index_of_their_own(
    session: Session, table: str, condition: str, index: str
) -> None:
    plan = session.execute(text(f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {condition} LIMIT 50"))  # noqa: S608
    assert index in str(plan.all())


def test_sums_have_every_entry_once_by_day_of_kazakhstan(database: Database) -> None:
    for _ in range(2):  # the second time adds nothing
        with database.transaction() as session:
            journal_tally.add_entries(StoreOfTests(database, session))  # type: ignore[arg-type]
    with database.read_session() as session:
        everything = journal_tally.read_tables(session, None)
        later = journal_tally.read_tables(session, date(2026, 3, 3))
        assert journal_tally.count_missing(session) == 0
    assert everything["system"][0].counts == {"ACCEPTED": 54, "REFUSED": 6}
    assert {line.name: line.total for line in everything["region"]} == {"KZ-YUZ": 59, "KZ-SEV": 1}
    assert everything["step"][0].name == "child-benefit KZ-YUZ portal t1"
    hours_before = 24 * 2 - 17  # the 3rd of March begins 31 hours after 17:00 of the 1st there
    assert later["system"][0].total == ENTRIES - hours_before + 1


def test_sums_of_one_day_are_those_of_its_entries_one_by_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        journal_tally, "MOST_ENTRIES", 5
    )  # most parts lie in one day, some on both sides of midnight
    with database.transaction() as session:
        together = journal_tally.read_tables(session, None), journal_tally.read_tables(session, date(2026, 3, 3))
        session.execute(delete(journal_tally.TallyRow))
        session.execute(delete(journal_tally.TallyHeadRow))
    added = []
    for _ in range(ENTRIES // 5 + 1):
        with database.transaction() as session:
            added.append(journal_tally.add_entries(StoreOfTests(database, session)))  # type: ignore[arg-type]
    assert added == [5] * (ENTRIES // 5) + [0]
    with database.read_session() as session:
        apart = journal_tally.read_tables(session, None), journal_tally.read_tables(session, date(2026, 3, 3))
    assert apart == together


def test_flow_counts_what_came_between_two_looks(session: Session) -> None:
    watch = FlowWatch()
    watch.look(session, BEGIN)
    watch.last = ENTRIES - 10
    watch.look(session, BEGIN + timedelta(seconds=2))
    picture = watch.picture({"is_mio"})
    assert (picture.sent_count["portal_pep"], picture.received_count["is_mio"]) == (9, 9)
    assert picture.refused_count["portal_pep"] == 1
    assert picture.received_count["rshep_regional.kz-yuz"] == 9


def test_flow_begins_anew_after_a_pause(session: Session) -> None:
    watch = FlowWatch()
    watch.look(session, BEGIN)
    watch.last = 0
    watch.look(session, BEGIN + timedelta(minutes=10))
    assert dict(watch.picture(()).sent_count) == {}


def test_latency_is_the_time_to_the_recipients_receipt(session: Session) -> None:
    assert measure_latency(session)["is_mio"].median == 3.0


def span(begin: int, end: int | None, due: int | None) -> CaseSpan:
    def moment(hours: int) -> datetime:
        return BEGIN + timedelta(hours=hours)

    ends = None if end is None else moment(end)
    return CaseSpan("t1", "is_mio", "МИО", "шаг", moment(begin), ends, None if due is None else moment(due), None)


def test_timeline_draws_the_part_after_the_limit_as_late() -> None:
    drawing = draw_timeline([span(0, 10, 4)], BEGIN + timedelta(hours=20))
    ((bar,),) = [row.bars for row in drawing.rows]
    assert bar.is_late
    assert bar.late_x == pytest.approx(bar.x + bar.limit_width, abs=0.2)
    assert bar.late_width == pytest.approx(bar.width * 0.6, abs=0.5)
    assert drawing.now_x is None, "the case has ended"


def test_timeline_of_a_waiting_step_reaches_to_its_limit() -> None:
    drawing = draw_timeline([span(0, None, 3)], BEGIN + timedelta(hours=2))
    ((bar,),) = [row.bars for row in drawing.rows]
    assert (bar.is_late, bar.is_waiting) == (False, True)
    assert bar.limit_width > bar.width
    assert drawing.now_x == pytest.approx(bar.x + bar.width, abs=0.2)


def test_tokens_of_other_systems_are_closed_by_the_profile(tmp_path: Path) -> None:
    (tmp_path / "is_nuc").mkdir()
    (tmp_path / "is_nuc" / "operator.token").write_text("secret")
    assert OperatorTokens(tmp_path).find("is_nuc") == "secret"
    assert OperatorTokens(tmp_path).find("is_cgo") is None
    assert OperatorTokens(tmp_path, "common", is_open=False).find("is_nuc") is None


def test_places_of_regional_gateways_have_their_addresses() -> None:
    (place,) = read_places("rshep_akm=http://127.0.0.1:8010")
    assert place.address == "rshep_regional.kz-akm"


async def test_system_without_a_known_token_is_asked_only_whether_it_works(tmp_path: Path) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(503 if request.url.host == "is_cgo" else 200, json={"status": "UP"})

    places = read_places("is_mio=http://is_mio:8003 is_cgo=http://is_cgo:8008")
    tokens = OperatorTokens(tmp_path, "common", is_open=False)
    country = CountrySystems(places, tokens, httpx.MockTransport(answer))
    assert await country.is_ready("is_mio") is True
    assert await country.is_ready("is_cgo") is False
    with pytest.raises(Refused, match="is_mio"):
        await country.ask("is_mio", "/api/v1/deadlines")
    await country.close()
    assert [request.url.path for request in requests] == ["/readyz", "/readyz"]
    assert not any("authorization" in request.headers for request in requests)


@pytest.mark.parametrize("is_backward", [False, True])
def test_search_for_a_system_finds_it_as_sender_and_among_recipients(session: Session, is_backward: bool) -> None:
    after = (0,) if is_backward else None
    place = ListPlace(3, after, is_backward=is_backward)
    pages = [search_journal(session, JournalSearch({}, system=name), place).rows for name in ("is_mio", "is_con")]
    assert [[row.n for row in rows] for rows in pages] == (
        [[4, 3, 2], [1]] if is_backward else [[59, 58, 57], [1]]
    )
