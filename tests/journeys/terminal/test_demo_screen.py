"""The demo's picture: it fits the terminal, follows the active step, cuts no title, and speaks one language."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from services.tools.demo import wording
from services.tools.demo.progress import show_progress
from services.tools.demo.run import CHANNEL, SERVICE
from services.tools.demo.screen import DemoScreen
from services.tools.demo.story import DemoStory, PersonsTurn
from shared.contracts.cases import StepDone
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import title_in, translate

LANGUAGES = ("ru", "kk", "en")
BEGAN = datetime(2026, 3, 2, 9, tzinfo=UTC)
RUSSIAN_WORDS = re.compile(r"(?<![\w«])(?:если|гражданин|сотрудник|портал|система|шаг|заявлени)\w*", re.IGNORECASE)
BOOK = PassportBook.load()


def story_after(steps: Sequence[str], language: str = "ru") -> DemoStory:
    """A story in which these steps are done, a second apart."""
    story = DemoStory(BOOK.get_passport(SERVICE), BOOK.get_graph(SERVICE, CHANNEL), language, 0.0)
    story.stage = "on-its-way"
    story.application = {"id": "1", "number": "KZ-YUZ-2026-0000001", "status": "поступившие", "outcome": None}
    for number, step in enumerate(steps):
        at = BEGAN + timedelta(seconds=number)
        story.steps[step, 0] = StepDone(step=step, at=at, by="portal_pep")
    return story


def draw(story: DemoStory, width: int, height: int) -> list[str]:
    """The lines that are seen on a terminal of this size."""
    file = io.StringIO()
    console = Console(file=file, width=width, height=height, force_terminal=True, no_color=True, color_system=None)
    console.print(DemoScreen(story))
    return file.getvalue().splitlines()


WALK = tuple(f"w{n}" for n in (1, 2, 3, 5, 6, 7))
TABLE = tuple(f"t{n}" for n in range(1, 16))


@pytest.mark.parametrize("done", range(len(TABLE) + 1))
@pytest.mark.parametrize("language", LANGUAGES)
def test_picture_fits_an_ordinary_terminal_and_has_the_whole_active_step(done: int, language: str) -> None:
    story = story_after((*WALK, *TABLE[:done]), language)
    story.turn = PersonsTurn("http://127.0.0.1:8003/", "Қасымов Руслан", "910815186789", "password")
    lines = draw(story, 80, 24)
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    shown = " ".join(" ".join(lines).split())
    for node in story.list_active()[:1]:
        words = " ".join(wording.step_sentence(language, node).split())
        assert "▶" in shown
        assert words.replace(" ", "") in shown.replace(" ", "")


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("language", LANGUAGES)
def test_title_is_never_cut(width: int, language: str) -> None:
    story = story_after(WALK, language)
    shown = " ".join(" ".join(draw(story, width, 24)).split())
    assert title_in(language, story.passport) in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_wide_terminal_shows_every_step_with_all_its_words(language: str) -> None:
    story = story_after((*WALK, *TABLE[:4]), language)
    shown = "\n".join(draw(story, 200, 50))
    assert [node.id for node, _ in story.list_shown() if wording.step_sentence(language, node) not in shown] == []
    assert "…" not in shown


def test_every_word_of_the_act_that_the_demo_shows_is_in_english_and_kazakh() -> None:
    story = story_after(WALK)
    words = {text for node, _ in story.list_shown() for text in (node.action, node.status) if text}
    assert sorted(text for text in words for tag in ("kk", "en") if translate(text, tag) is None) == []


def test_english_picture_has_no_russian_sentence() -> None:
    story = story_after((*WALK, *TABLE), "en")
    assert RUSSIAN_WORDS.findall("\n".join(draw(story, 200, 50))) == []


def test_turn_of_a_person_says_where_as_whom_and_with_which_password() -> None:
    story = story_after((*WALK, *TABLE[:4]), "en")
    story.turn = PersonsTurn("http://127.0.0.1:8003/", "Қасымов Руслан", "910815186789", "a-password")
    shown = "\n".join(draw(story, 80, 24))
    for fact in ("http://127.0.0.1:8003/", "Қасымов Руслан", "910815186789", "a-password"):
        assert fact in shown
    assert "Now it is a person's turn" in shown


def test_output_that_is_no_terminal_gets_a_line_for_each_step() -> None:
    story = story_after(WALK, "en")
    file = io.StringIO()
    console = Console(file=file, width=80)
    with show_progress(console, story) as lines:
        lines.tell_news()
        story.steps.update(story_after((*WALK, *TABLE[:2]), "en").steps)
        lines.tell_news()
    told = file.getvalue().splitlines()
    assert len(told) == len(set(told)) == 1 + len(WALK) + 2
    assert told[-1].startswith("✓ 2. ")
    assert "\x1b" not in file.getvalue()
