"""The report of a run: pages, JUnit, the exchanges, the signature, the comparison; runs that nobody answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from lxml import etree

from services.tools.conformance.exchanges import ExchangeBook
from services.tools.conformance.judging import (
    CheckFunction,
    ConformanceOutcome,
    JudgedExchange,
    RunEnd,
    RunTrace,
    judge_requirements,
)
from services.tools.conformance.reports.comparison import compare_reports
from services.tools.conformance.reports.figures import read_figures
from services.tools.conformance.reports.report_files import sign_report, write_report
from services.tools.conformance.requirements import list_group
from services.tools.conformance.roles.cases.case_papers import EMPLOYEE, add_people
from services.tools.conformance.roles.role_list import load_roles
from services.tools.conformance.roles.soap.push_caller import ServedTarget
from services.tools.conformance.run import ConformanceReport, ConformanceRun
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import Malformed
from shared.client.keystore import KeyEntry
from shared.pki.cms import signed_data
from shared.texts.catalog import LANGUAGES
from tests.conformance.participants.buggy import SeededBugs
from tests.conformance.playing import TOKEN, fresh_keys, play_role

CYRILLIC_SENTENCE = re.compile(r"[а-яё]+ [а-яё]+ [а-яё]+", re.I)


async def play_rest(*bugs: str) -> ConformanceReport:
    return await play_role("rest", SeededBugs(bugs))


def read_pages(folder: Path) -> dict[str, str]:
    return {language: (folder / f"report.{language}.html").read_text(encoding="utf-8") for language in LANGUAGES}


def list_exchange_files(folder: Path) -> set[str]:
    return {f"exchanges/{path.name}" for path in (folder / "exchanges").iterdir()}


def find_files_with(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*.*") if text.encode() in path.read_bytes()]


async def test_report_has_a_page_in_each_language_with_every_exchange_and_no_token(tmp_path: Path) -> None:
    report = await play_rest("takes-anything")
    write_report(report, TOKEN, tmp_path)
    pages, files = read_pages(tmp_path), list_exchange_files(tmp_path)
    for language, page in pages.items():
        assert f'<html lang="{language}">' in page
        assert set(re.findall(r'href="(exchanges/[^"]+)"', page)) == files
    assert "The contract is broken" in pages["en"]
    assert not CYRILLIC_SENTENCE.search(pages["en"])
    assert len(files) == 2 * len(report.book.kept)
    assert find_files_with(tmp_path, TOKEN) == []


async def test_report_counts_the_assumptions_on_which_the_participant_relies(tmp_path: Path) -> None:
    figures = write_report(await play_rest(), TOKEN, tmp_path)
    judged = [row for row in figures["requirements"] if row["outcome"] in ("pass", "fail")]
    assert figures["relies_on_assumptions"] == sum(row["certainty"] == "assumed" for row in judged) > 10
    page = (tmp_path / "report.en.html").read_text(encoding="utf-8")
    assert f"You rely on {figures['relies_on_assumptions']} behaviours that are our assumption" in page


async def test_junit_fails_what_is_broken_and_skips_advice(tmp_path: Path) -> None:
    write_report(await play_rest("takes-anything", "no-idempotency-key"), TOKEN, tmp_path)
    suite = etree.parse(str(tmp_path / "junit.xml")).getroot()
    told = {case.get("name", "")[:7]: [child.tag for child in case] for case in suite}
    assert (told["REST-25"], told["REST-12"], told["REST-01"]) == (["failure"], ["skipped"], [])
    assert suite.get("failures") == str(sum(tags == ["failure"] for tags in told.values()))


async def test_comparison_tells_what_is_broken_anew_and_what_is_mended(tmp_path: Path) -> None:
    earlier = write_report(await play_rest("bom"), TOKEN, tmp_path / "earlier")
    later = write_report(await play_rest("takes-anything"), TOKEN, tmp_path / "later", earlier)
    changes = {row["id"]: row["change"] for row in later["comparison"]}
    assert (changes["REST-04"], changes["REST-25"]) == ("mended", "broken")
    assert compare_reports(later, later) == []
    assert "REST-25" in (tmp_path / "later" / "report.ru.html").read_text(encoding="utf-8").split("<table>")[1]
    assert read_figures(tmp_path / "later")["comparison"] == later["comparison"]
    (tmp_path / "report.json").write_text("[]")
    with pytest.raises(Malformed, match="no report"):
        read_figures(tmp_path)


async def test_signature_of_a_report_covers_the_digest_of_every_exchange(tmp_path: Path) -> None:
    write_report(await play_rest(), TOKEN, tmp_path)
    keys = fresh_keys()
    add_people(keys, SystemClock().now())
    pair = keys.people[EMPLOYEE]
    signature = sign_report(
        tmp_path, KeyEntry(pair.key, pair.certificate, (keys.centre.issuing,)), SystemClock().now()
    )
    content = (tmp_path / "report.json").read_bytes()
    assert signed_data.open_signed(signature.read_bytes(), content=content).certificate == pair.certificate
    digests = [name for row in json.loads(content)["exchanges"] for name in row["files"].values()]
    assert len(digests) == 2 * len(json.loads(content)["exchanges"]) > 10


async def test_participant_that_never_comes_ends_in_wait_with_the_time(tmp_path: Path) -> None:
    run = ConformanceRun(load_roles()["sync"], fresh_keys(), 0.2)
    report = await run.play()
    outcomes = {one.outcome for one in report.results if one.detail != "untested"}
    assert (report.end, outcomes) == (RunEnd.TIMED_OUT, {ConformanceOutcome.WAIT})
    assert 0.2 <= report.waited < 5
    write_report(report, TOKEN, tmp_path)
    assert "This did not happen within 0.2" in (tmp_path / "report.en.html").read_text(encoding="utf-8")


async def test_endpoint_that_refuses_connections_fails_and_does_not_hang() -> None:
    run = ConformanceRun(load_roles()["push"], fresh_keys(), 5)
    async with httpx.AsyncClient(trust_env=False) as client:
        report = await run.play(ServedTarget(client, "http://127.0.0.1:9/"))
    outcomes = {one.requirement.id: one.outcome for one in report.results}
    assert (outcomes["PUSH-01"], outcomes["PUSH-26"]) == (ConformanceOutcome.FAIL, ConformanceOutcome.FAIL)
    assert outcomes["PUSH-04"] is ConformanceOutcome.SKIP


async def test_run_that_is_broken_off_is_cancelled() -> None:
    run = ConformanceRun(load_roles()["rest"], fresh_keys(), 5)
    run.cancel()
    report = await run.play()
    assert {one.outcome for one in report.results if one.detail != "untested"} == {ConformanceOutcome.CANCEL}
    assert report.is_conforming
    assert not report.is_complete


def test_check_that_breaks_down_is_an_error_of_the_kit_and_hides_no_other_one() -> None:
    def break_down(trace: RunTrace) -> Iterator[JudgedExchange]:
        raise RuntimeError("broken")

    first, second, *_ = list_group("rest")
    checks: dict[str, CheckFunction] = {first.id: break_down, second.id: lambda trace: ()}
    trace = RunTrace(ExchangeBook(), fresh_keys())
    results = judge_requirements((first, second), checks, trace, RunEnd.FINISHED)
    assert [one.outcome for one in results] == [ConformanceOutcome.ERROR, ConformanceOutcome.SKIP]
    assert results[0].detail == "RuntimeError: broken"


async def test_faults_in_force_stand_in_the_report(tmp_path: Path) -> None:
    run = ConformanceRun(load_roles()["rest"], fresh_keys(), 0.05, faults=("tsa-refusing",))
    write_report(await run.play(), TOKEN, tmp_path)
    assert "tsa-refusing" in (tmp_path / "report.kk.html").read_text(encoding="utf-8")


def test_seeded_bugs_are_sixty_at_least_each_of_a_requirement_of_its_role() -> None:
    import yaml

    bugs = yaml.safe_load(Path(__file__).with_name("bugs.yaml").read_text(encoding="utf-8"))
    assert sum(map(len, bugs.values())) >= 60
    assert {
        name for role, rows in bugs.items() for name in rows.values() if name not in load_roles()[role].checks
    } == set()
