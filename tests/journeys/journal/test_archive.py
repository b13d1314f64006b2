"""The archive of the journal: old entries leave the database, and everything that they prove is still proved."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509

from services.shep_gateway.archive.archiving import archive_old_entries
from services.shep_gateway.console.journal_tally import count_missing
from services.shep_gateway.proof.head_stamps import stamp_head
from shared.evidence.bundle_check import verify_bundle
from tests.docs_commands import blocks, types
from tests.journeys.kit import RunningCountry, eventually, refused, running
from tests.signing.conftest import Terminal

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

DAYS = 30
SANDBOX = {"EGOV_CLERKS": "instant", "EGOV_CLOCK": "sandbox", "EGOV_POPULATION_SIZE": "1000"}


@dataclass
class ArchivedCountry:
    """A country some weeks after two cases ended, one of them under a legal hold; a third is of today."""

    country: RunningCountry
    old: str
    held: str
    new: str
    timelines: dict[str, Any]
    entries: dict[str, list[Any]]
    """Timeline and journal entries of each case before the archiving."""

    async def ask(self, path: str, **wanted: Any) -> Any:
        return await self.country.operator("shep_gateway").get(path, **wanted)

    async def journal_of(self, case: str) -> list[Any]:
        return list(await self.country.operator("shep_gateway").list_journal(correlation_id=case))

    @property
    def folder(self) -> Path:
        return self.country.folder / "shep_gateway" / "archive"

    @property
    def file(self) -> Path:
        (file,) = self.folder.iterdir()
        return file


async def served_case(country: RunningCountry) -> str:
    citizen = await country.newcomer()
    case = await citizen.apply()
    await citizen.is_served(case)
    return case


async def stamp(country: RunningCountry) -> None:
    """Let НУЦ stamp the journal, and the statistics catch up with it, as the jobs do within minutes."""
    runtime = country.runtime("shep_gateway")
    await stamp_head(runtime)
    await eventually(lambda: runtime.read(count_missing), lambda missing: missing == 0)


async def pass_days(country: RunningCountry, days: int) -> None:
    by = timedelta(days=days).total_seconds()
    await country.operator("is_nuc").post("/api/v1/clock/advance", {"by": by})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def archived(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ArchivedCountry]:
    own = {"shep_gateway": {"EGOV_JOURNAL_DAYS": str(DAYS)}}
    async with running(tmp_path_factory.mktemp("archive"), environment=SANDBOX, own=own) as country:
        gateway, runtime = country.operator("shep_gateway"), country.runtime("shep_gateway")
        old, held = await served_case(country), await served_case(country)
        await gateway.call("PUT", f"/api/v1/legal-holds/{held}", json={"reason": "запрос прокуратуры"})
        await stamp(country)
        await pass_days(country, DAYS + 2)
        new = await served_case(country)
        made = ArchivedCountry(country, old, held, new, {}, {})
        for case in (old, held, new):
            made.timelines[case] = await made.ask(f"/api/v1/cases/{case}/timeline")
            made.entries[case] = await made.journal_of(case)
        await archive_old_entries(runtime)
        yield made


@contextmanager
def changed(file: Path, content: bytes | None) -> Iterator[None]:
    """Another content of the file, or no file; afterwards the true one."""
    true = file.read_bytes()
    try:
        file.unlink() if content is None else file.write_bytes(content)
        yield
    finally:
        file.write_bytes(true)


async def test_old_entries_leave_the_database_and_those_of_a_held_and_of_a_running_case_stay(
    archived: ArchivedCountry,
) -> None:
    assert archived.entries[archived.old]
    assert await archived.journal_of(archived.old) == []
    for case in (archived.held, archived.new):
        assert await archived.journal_of(case) == archived.entries[case]
    (segment,) = await archived.ask("/api/v1/journal-segments")
    assert (segment["first"], segment["is_there"]) == (1, True)
    assert segment["last"] < archived.entries[archived.new][-1]["n"]
    assert await archive_old_entries(archived.country.runtime("shep_gateway")) == 0


async def test_timeline_of_an_archived_case_is_as_before(archived: ArchivedCountry) -> None:
    for case, timeline in archived.timelines.items():
        assert await archived.ask(f"/api/v1/cases/{case}/timeline") == timeline


async def test_evidence_of_an_archived_case_proves_every_message(archived: ArchivedCountry) -> None:
    root = x509.load_der_x509_certificate((await archived.country.answer("is_nuc", "GET", "/root.crt")).content)
    for case, timeline in archived.timelines.items():
        answer = await archived.country.operator("shep_gateway").call("GET", f"/api/v1/cases/{case}/evidence")
        verdict = verify_bundle(answer.content, root)
        accepted = [entry for entry in timeline if entry["event"] == "ACCEPTED"]
        assert (verdict.fault, verdict.messages) == (None, len(accepted))


async def test_verification_covers_journal_and_archive(archived: ArchivedCountry) -> None:
    verified = await archived.ask("/api/v1/journal/verification")
    (segment,) = await archived.ask("/api/v1/journal-segments")
    assert (verified["is_whole"], verified["missing_segments"]) == (True, [])
    assert verified["archived_entries"] == segment["last"] < verified["entries"]


async def test_altered_or_missing_file_of_the_archive_is_found(archived: ArchivedCountry) -> None:
    lines = gzip.decompress(archived.file.read_bytes()).replace(b"is_mio", b"is_moi", 1)
    with changed(archived.file, gzip.compress(lines)):
        verified = await archived.ask("/api/v1/journal/verification")
        assert (verified["is_whole"], verified["first_broken"]) == (False, 1)
    name = archived.file.name
    with changed(archived.file, None):
        verified = await archived.ask("/api/v1/journal/verification")
        assert verified["missing_segments"] == [name]
        fault = await refused(archived.ask(f"/api/v1/cases/{archived.old}/timeline"))
        assert fault.code == "segment-missing"


async def test_verify_command_proves_the_archive_and_names_the_first_changed_entry(
    archived: ArchivedCountry, tmp_path: Path
) -> None:
    terminal = Terminal(tmp_path, archived.country)
    whole = await terminal.types("verify", str(archived.folder), "--json")
    (segment,) = await archived.ask("/api/v1/journal-segments")
    facts = json.loads(whole.out)
    assert (whole.code, facts["holds"], facts["entries"]) == (0, True, segment["last"])
    assert facts["segments"][0]["head"] == segment["head"]
    head, *entries = gzip.decompress(archived.file.read_bytes()).splitlines(keepends=True)
    for lines, code, n in (
        ([head, *entries[:2], entries[2].replace(b"2026", b"2025", 1), *entries[3:]], "segment-altered", 3),
        ([head, *entries[:1], *entries[2:]], "segment-altered", 2),
        ([head, *entries[:-1]], "segment-unproved", None),
        ([b"{}\n", *entries], "segment-malformed", None),
        ([], "segment-malformed", None),
    ):
        copy = tmp_path / archived.file.name
        await asyncio.to_thread(copy.write_bytes, gzip.compress(b"".join(lines)))
        told = await terminal.types("verify", str(copy), "--json")
        fault = json.loads(told.out)["fault"]
        assert (told.code, fault["code"]) == (1, code)
        assert n is None or fault["n"] == n


async def test_archive_docs_example_does_what_it_says(archived: ArchivedCountry, tmp_path: Path) -> None:
    (script,) = blocks("how-to/archive.md", "sh")
    settings = {
        "EGOV_DATA_DIR": str(archived.country.folder),
        "EGOV_NUC_URL": archived.country.url("is_nuc"),
        "EGOV_LANG": "en",
    }
    done = await asyncio.to_thread(types, tmp_path, script, **settings)
    assert done.returncode == 0, done.stderr
    (segment,) = await archived.ask("/api/v1/journal-segments")
    assert done.stdout.splitlines()[-1] == f"The chain is whole; entries: {segment['last']}"


async def test_file_of_a_segment_is_downloaded_and_an_unknown_one_refused(archived: ArchivedCountry) -> None:
    gateway = archived.country.operator("shep_gateway")
    answer = await gateway.call("GET", "/api/v1/journal-segments/1/file")
    assert answer.content == archived.file.read_bytes()
    assert (await refused(gateway.call("GET", "/api/v1/journal-segments/2/file"))).code == "segment-unknown"


async def test_lifted_hold_lets_the_entries_leave(archived: ArchivedCountry) -> None:
    gateway = archived.country.operator("shep_gateway")
    (hold,) = await archived.ask("/api/v1/legal-holds")
    assert (hold["case_id"], hold["reason"]) == (archived.held, "запрос прокуратуры")
    await gateway.call("DELETE", f"/api/v1/legal-holds/{archived.held}")
    lifted = await refused(gateway.call("DELETE", f"/api/v1/legal-holds/{archived.held}"))
    assert lifted.code == "hold-unknown"
    await archive_old_entries(archived.country.runtime("shep_gateway"))
    assert await archived.journal_of(archived.held) == []
    assert await archived.ask(f"/api/v1/cases/{archived.held}/timeline") == archived.timelines[archived.held]
    assert (await archived.ask("/api/v1/journal/verification"))["is_whole"]
