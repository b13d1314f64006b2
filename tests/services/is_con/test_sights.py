"""What the centre's pages show: services to choose from, the cell of a result, what a register's answer means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.is_con.pages.hall.hall_views import list_centres, list_services
from services.is_con.pages.visits.case_sights import cell_of
from services.is_con.pages.visits.register_sights import describe_answers
from services.is_con.pages.visits.visit_site import WORDS
from shared.regulations.passport_book import PassportBook
from shared.workplace.http.actions.paper_views import RegisterAnswerView

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


def test_services_of_a_centre_are_those_that_its_acts_give_there() -> None:
    book = PassportBook.load()
    regions = list_services(book, "kz-yuz.con.01", "ru")
    assert [(region.region, {each.value for each in region.services}) for region in regions] == [
        ("KZ-YUZ", {"KZ-YUZ.1", "KZ-YUZ.2", "KZ-YUZ.3"})
    ]
    found = list_services(book, "kz.con.01", "kk", "жұмыссыз анықтама")
    assert [each.value for region in found for each in region.services] == ["KZ-AKM.17", "KZ-ATY.5"]
    assert list_services(book, "kz.con.01", "ru", "zzz") == []


def test_centres_are_listed_once_with_the_one_of_the_country_first() -> None:
    centres = list_centres(PassportBook.load(), "en")
    assert (centres[0].value, centres[0].tag) == ("kz.con.01", "en")
    assert len({centre.value for centre in centres}) == len(centres) == 22


@pytest.mark.parametrize(
    ("number", "cell"), [("KZ-AKM-2026-0000107", "07"), ("KZ-AKM-2026-CON-0000142", "42"), ("", "00")]
)
def test_cell_of_a_result_is_named_by_the_last_digits_of_the_number(number: str, cell: str) -> None:
    assert cell_of(number) == cell


@pytest.mark.parametrize(
    ("register", "answer", "tone", "verdict"),
    [
        ("nr_iin", None, "doubtful", "register-silent"),
        ("nr_iin", {"person": None}, "bad", "register-no-data"),
        ("enis", {"power": None, "isInForce": False}, "bad", "power-absent"),
        ("gcvp", {}, "good", "register-answered"),
    ],
)
def test_answer_of_a_register_is_told_in_words(
    register: str, answer: dict[str, object] | None, tone: str, verdict: str
) -> None:
    view = RegisterAnswerView(register_=register, step="w4", asked_at=NOW, answered_at=None, answer=answer)
    (sight,) = describe_answers([view], "ru", lambda code: WORDS[code]["ru"])
    assert (sight.tone, sight.verdict) == (tone, WORDS[verdict]["ru"])
