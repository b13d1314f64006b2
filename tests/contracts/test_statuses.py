"""The codes of statuses: every word that a case can show has one, and a code means the same in every act."""

from __future__ import annotations

import pytest

from services.portal_pep import domain
from shared.contracts.statuses import StatusCode, code_of_status, find_status_code, list_coded_statuses
from shared.regulations.loader import load_passports
from shared.regulations.process.markings import ANNOUNCED_STATUSES
from shared.workplace.steps import extensions
from tests.docs_commands import ROOT

OURS = (domain.SENT, domain.NOT_DELIVERED, domain.COMPLETED, domain.REFUSED, extensions.STATUS)


def list_words_of_the_acts() -> set[str]:
    shown = {status.status for passport in load_passports() for status in passport.statuses}
    return shown | set(ANNOUNCED_STATUSES)


def test_every_status_of_an_act_and_of_ours_has_a_code_of_its_own() -> None:
    words = list_words_of_the_acts() | set(OURS)
    assert len(words) == 12
    assert [status for status in words if code_of_status(status) is StatusCode.OTHER] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("поступившие с ПЭП", "received"),
        ("поступившие из ЦОН", "received"),
        ("в работе", "in-work"),
        ("исполнение", "executed"),
        ("завершение исполнения", "executed"),
        ("завершение оказания услуги", "completed"),
        ("что-то своё", "other"),
    ],
)
def test_code_says_where_a_case_is_whatever_the_act_calls_it(words: str, code: str) -> None:
    assert code_of_status(words).value == code


def test_every_code_has_a_title_in_three_languages_and_stands_once() -> None:
    listed = list_coded_statuses()
    assert [coded.code for coded in listed] == list(StatusCode)
    assert all(set(coded.titles) == {"ru", "kk", "en"} and all(coded.titles.values()) for coded in listed)
    words = [status for coded in listed for status in coded.words]
    assert len(words) == len(set(words))


def test_protocol_page_has_every_code_with_its_words() -> None:
    page = (ROOT / "docs" / "reference" / "protocol.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `")}
    for coded in list_coded_statuses():
        assert all(status in rows[coded.code.value] for status in coded.words), coded.code


@pytest.mark.parametrize(
    ("message_data", "code"),
    [
        ({"contract": "status-changed/1", "data": {"status": "в работе"}}, StatusCode.IN_WORK),
        ({"contract": "result/1", "data": {"status": None}}, None),
        ({"contract": "notice/1", "data": {}}, None),
        ({"contract": "soap-data/1", "data": {"status": {"code": "SCSS001"}}}, None),
        ({"contract": "someones/1", "data": {"status": "в работе"}}, None),
        ({"contract": "notice/1", "data": ["status"]}, None),
    ],
)
def test_code_of_a_message_is_that_of_the_status_of_a_case(
    message_data: dict[str, object], code: StatusCode | None
) -> None:
    assert find_status_code(message_data) is code
