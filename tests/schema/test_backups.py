"""A backup is a whole installation: restored elsewhere it goes on, also with what was under way at the broker."""

from __future__ import annotations

import asyncio
import shutil
import tarfile
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.launcher.data_folder.folder_lock import FolderLock
from services.tools.upkeep.backups import make_backup, restore_backup
from services.tools.upkeep.migrating import migrate_stores
from services.tools.upkeep.queue_copies import copy_queues, put_back_queues
from services.tools.upkeep.stores import list_stores
from shared.bus.clocks.clock import ManualClock
from shared.bus.errors import BusError
from tests.journeys.kit import PASSWORD, eventually, running
from tests.schema.first_version import unpack_country
from tests.servers import environment

POISON = 2
THAT_DAY = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)


def code_of(action: object, *arguments: object, **options: object) -> str:
    with pytest.raises(BusError) as caught:
        action(*arguments, **options)  # type: ignore[operator]
    return caught.value.code


@pytest.mark.thorough
@pytest.mark.asyncio
async def test_country_of_the_first_version_goes_on_from_its_backup(tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "country.backup"
    facts = unpack_country(here)
    await asyncio.to_thread(make_backup, here, file, {"EGOV_DATA_DIR": str(here)})
    assert file.stat().st_mode & 0o077 == 0
    shutil.rmtree(here)
    settings = {"EGOV_DATA_DIR": str(there), "EGOV_POPULATION_SIZE": "60", "EGOV_CLERKS": "instant"}
    await asyncio.to_thread(restore_backup, there, file, settings, replaces=False)
    stores = list_stores(settings)
    states = await asyncio.to_thread(migrate_stores, stores, only_looks=False)
    assert {(state.before, state.now) for state in states} == {("0001", states[0].now)}
    async with running(there, environment=settings, clock=ManualClock(THAT_DAY)) as country:
        portal = country.portal()
        await portal.log_in(facts["iin"], PASSWORD)
        view = await eventually(
            lambda: portal.get_application(facts["case"]), lambda view: view["outcome"] is not None
        )
        assert view["outcome"] in ("positive", "negative")


def test_backup_is_refused_by_what_is_wrong_with_it_and_nothing_changes(tmp_path: Path) -> None:
    here, file = tmp_path / "here", tmp_path / "country.backup"
    settings = {"EGOV_DATA_DIR": str(here)}
    assert code_of(make_backup, here, file, settings) == "country-missing"
    unpack_country(here)
    for folder in here.iterdir():
        if folder.name not in ("kdp", "gcvp") and folder.is_dir():
            shutil.rmtree(folder)
    lock = FolderLock.take(here / "kdp")
    assert code_of(make_backup, here, file, settings) == "folder-in-use"
    lock.release()
    assert make_backup(here, file, settings).systems == ("gcvp", "kdp")
    assert code_of(make_backup, here, file, settings) == "backup-exists"
    assert code_of(restore_backup, here, file, settings, replaces=False) == "country-there"
    over_postgres = {"EGOV_DATA_DIR": str(tmp_path / "new"), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}
    other = code_of(restore_backup, tmp_path / "new", file, over_postgres, replaces=False)
    assert other == "backup-other-database"
    (tmp_path / "cut").write_bytes(file.read_bytes()[:-2000])
    assert code_of(restore_backup, here, tmp_path / "cut", settings, replaces=True) == "backup-broken"
    with tarfile.open(file) as archive:
        archive.extractall(tmp_path / "open", filter="data")
    (tmp_path / "open" / "kdp" / "system.crt").write_text("another")
    with tarfile.open(tmp_path / "changed", "w:gz") as archive:
        archive.add(tmp_path / "open", arcname=".")
    assert code_of(restore_backup, here, tmp_path / "changed", settings, replaces=True) == "backup-broken"
    (here / "kdp" / "operator.token").write_text("changed since")
    restore_backup(here, file, settings, replaces=True)
    assert (here / "kdp" / "operator.token").read_text() != "changed since"
    assert not list(here.glob(".restore-*"))


@pytest.mark.servers
def test_backup_over_servers_has_the_rows_and_the_messages_under_way(tmp_path: Path, postgres_url: str) -> None:
    """Two systems with rows in PostgreSQL; one of them has messages waiting at RabbitMQ."""
    here, file = tmp_path / "here", tmp_path / "country.backup"
    amqp_url = environment.setting("AMQP_URL")
    settings = {"EGOV_DATA_DIR": str(here), "DATABASE_URL": postgres_url, "AMQP_URL": str(amqp_url)}
    for name in ("kdp", "gcvp"):
        (here / name).mkdir(parents=True)
        (here / name / "operator.token").write_text(name)
    stores = list_stores(settings)
    for store in stores:
        database = store.open_database()
        database.create_schema()
        database.dispose()
    sent = [make_message(number) for number in range(3)]
    asyncio.run(put_back_queues(stores, {"gcvp": sent}))
    gcvp = stores[0].open_database()
    total = gcvp.metadata.tables["case_total"]
    columns = {column.name: "1" if column.type.python_type is str else 1 for column in total.c}
    with gcvp.transaction() as session:
        gcvp.write_many(session, total, [columns])
    assert code_of(make_backup, here, file, settings) == "database-in-use"
    gcvp.dispose()
    assert make_backup(here, file, settings).messages == len(sent)

    gcvp = stores[0].open_database()
    with gcvp.transaction() as session:
        session.execute(total.delete())
    gcvp.dispose()
    asyncio.run(put_back_queues(stores, {}))
    assert asyncio.run(copy_queues(stores)) == {}
    restore_backup(here, file, settings, replaces=True)
    assert asyncio.run(copy_queues(stores)) == {"gcvp": sent}
    gcvp = stores[0].open_database()
    with gcvp.read_session() as session:
        assert session.execute(select(func.count()).select_from(total)).scalar_one() == 1
    gcvp.dispose()
    asyncio.run(put_back_queues(stores, {}))


def make_message(number: int) -> dict[str, str | None]:
    """A message of a queue as a backup has it; the last one is poison, which must not get lost either."""
    envelope = '{"messageInfo": {"messageId": "m", "correlationId": "c", "serviceId": "s", "messageType": "UPDATE"'
    body = f'{envelope}, "messageDate": "2026-11-30T00:00:00Z", "sender": {{"senderId": "kdp"}}}}}}'
    text = "poison" if number == POISON else body
    return {"body": b64encode(text.encode()).decode(), "signature": f"signature-{number}", "hop": None}
