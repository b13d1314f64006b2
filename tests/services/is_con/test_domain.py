"""Which step of the act a notice sets going at a service centre."""

from __future__ import annotations

import pytest

from services.is_con.domain import shown_by
from shared.bus.errors import Conflict
from shared.regulations.book import PassportBook
from shared.regulations.interpreter import Procedure


@pytest.fixture(scope="module")
def book() -> PassportBook:
    return PassportBook.load()


def procedure(book: PassportBook, channel: str) -> Procedure:
    return book.procedure("KZ-YUZ.3", channel)


@pytest.mark.parametrize(
    ("channel", "sent_at", "shown", "status"),
    [
        ("portal", 1, 4, "поступившие с ПЭП"),
        ("portal", 7, 10, "в работе"),
        ("portal", 12, 15, "исполнение"),
        ("provider", 2, 4, "поступившие"),
        ("provider", 6, 8, "в работе"),
        ("provider", 10, 12, "завершение исполнения и выдача выходного документа"),
        ("con", 7, 9, "в работе"),
        ("con", 12, 14, "завершение исполнения"),
    ],
)
def test_a_notice_is_shown_in_the_step_that_the_act_has_for_it(
    book: PassportBook, channel: str, sent_at: int, shown: int, status: str
) -> None:
    known = procedure(book, channel)
    assert shown_by(known, sent_at) == shown
    assert known.step(shown).performs.status == status


@pytest.mark.parametrize("sent_at", [5, 6, 14])
def test_what_the_act_does_not_show_at_a_centre_is_refused(book: PassportBook, sent_at: int) -> None:
    with pytest.raises(Conflict) as caught:
        shown_by(procedure(book, "portal"), sent_at)
    assert caught.value.code == "nothing-to-show"
