"""Snapshots of a whole country: what came after one is gone once it is back, and what was there goes on."""

from __future__ import annotations

import json
import sqlite3
import tarfile
from pathlib import Path

import pytest

from services.launcher.data_folder import snapshot_files
from services.tools.snapshots.archives import export_snapshot, import_snapshot
from services.tools.snapshots.country_files import compare_country, save_country
from shared.bus.errors import BusError
from tests.journeys.kit import running

pytestmark = [pytest.mark.thorough]


@pytest.mark.asyncio
async def test_country_goes_on_from_its_snapshot_as_if_nothing_had_come_after(tmp_path: Path) -> None:
    folder, instant = tmp_path / "country", {"EGOV_CLERKS": "instant"}
    async with running(folder, environment=instant) as country:
        citizen = await country.newcomer()
        iin = citizen.person.iin
        before = await citizen.apply()
        await citizen.is_served(before)
    save_country(folder, "before")
    async with running(folder, environment=instant) as country:
        portal = country.portal()
        await portal.log_in(iin, "a-citizen's-password")
        citizen.portal = portal
        after = await citizen.apply()
        await citizen.is_served(after)
    changes = compare_country(folder, "before", None)
    assert changes["portal_pep"]
    assert changes["is_mio"]["work_case" if "work_case" in changes["is_mio"] else next(iter(changes["is_mio"]))]
    snapshot_files.put_files(folder, "before")
    assert compare_country(folder, "before", None) == {}
    async with running(folder, environment=instant) as country:
        portal = country.portal()
        await portal.log_in(iin, "a-citizen's-password")
        history = await portal.get_history()
        assert before in str(history)
        assert after not in str(history)


def make_country(folder: Path) -> Path:
    system = folder / "is_mio"
    system.mkdir(parents=True)
    with sqlite3.connect(system / "data.sqlite") as connection:
        connection.execute("CREATE TABLE paper (id TEXT PRIMARY KEY, words TEXT)")
        connection.execute("INSERT INTO paper VALUES ('1', 'first')")
    return folder


def code_of(action: object, *arguments: object) -> str:
    with pytest.raises(BusError) as caught:
        action(*arguments)  # type: ignore[operator]
    return caught.value.code


def test_snapshot_of_another_version_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    folder = make_country(tmp_path)
    save_country(folder, "old")
    with sqlite3.connect(folder / "is_mio" / "data.sqlite") as connection:
        connection.execute("CREATE TABLE later (id TEXT PRIMARY KEY)")
    assert code_of(snapshot_files.put_files, folder, "old") == "snapshot-other-version"
    file = folder / "snapshots" / "old" / "snapshot.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": "9.9.9"}))
    assert code_of(snapshot_files.put_files, folder, "old") == "snapshot-other-version"
    assert snapshot_files.read_schema(folder, ("is_mio",)) != snapshot_files.read_manifest(folder, "old").schema


def test_snapshot_of_a_country_on_postgresql_is_refused_before_anything_is_copied(tmp_path: Path) -> None:
    folder = make_country(tmp_path)
    (folder / "portal_pep").mkdir()
    assert code_of(save_country, folder, "one") == "snapshot-on-server"
    assert not (folder / "snapshots").exists()


def test_snapshot_travels_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    here, there = make_country(tmp_path / "here"), make_country(tmp_path / "there")
    save_country(here, "one")
    export_snapshot(here, "one", tmp_path / "one.tgz")
    assert (tmp_path / "one.tgz").stat().st_mode & 0o077 == 0
    import_snapshot(there, "copy", tmp_path / "one.tgz")
    assert snapshot_files.put_files(there, "copy").systems == ("is_mio",)


def test_snapshot_that_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    folder = make_country(tmp_path / "here")
    (tmp_path / "no.tgz").write_bytes(b"nothing")
    assert code_of(import_snapshot, folder, "no", tmp_path / "no.tgz") in ("snapshot-broken", "file-unreadable")
    with tarfile.open(tmp_path / "out.tgz", "w:gz") as archive:
        archive.add(folder / "is_mio" / "data.sqlite", arcname="../../escaped")
    assert code_of(import_snapshot, folder, "out", tmp_path / "out.tgz") == "snapshot-broken"
    assert not (tmp_path / "escaped").exists()
    assert code_of(snapshot_files.read_manifest, folder, "../is_mio") == "snapshot-name"
    assert code_of(snapshot_files.read_manifest, folder, "missing") == "snapshot-unknown"
    save_country(folder, "one")
    assert code_of(save_country, folder, "one") == "snapshot-exists"
