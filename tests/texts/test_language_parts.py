"""The parts of a page in another language than the page say in which."""

from __future__ import annotations

import pytest

from shared.texts.language_parts import mark_language_parts


@pytest.mark.parametrize(
    ("tag", "document", "expected"),
    [
        ("en", "<p>Справка</p>", '<p><span lang="ru">Справка</span></p>'),
        ("en", "<p>Анықтама</p>", '<p><span lang="kk">Анықтама</span></p>'),
        (
            "en",
            "<p>Case 7: Иванов И. И., г. Алматы (free)</p>",
            '<p>Case 7: <span lang="ru">Иванов И. И., г. Алматы</span> (free)</p>',
        ),
        (
            "en",
            "<p>Иванов &amp; Петров</p>",
            '<p><span lang="ru">Иванов</span> &amp; <span lang="ru">Петров</span></p>',
        ),
        ("ru", "<p>Выдано: Әлімов Ұлан</p>", '<p>Выдано: <span lang="kk">Әлімов Ұлан</span></p>'),
        ("en", "<option value='1'>Алматы</option>", "<option value='1' lang=\"ru\">Алматы</option>"),
        ("en", "<text x='1'>ШЭП</text>", "<text x='1'><tspan lang=\"ru\">ШЭП</tspan></text>"),
        ("en", "a part: Справка", 'a part: <span lang="ru">Справка</span>'),
        (
            "en",
            '<ul lang="ru"><li>Справка<br>и <b>копия</b></li></ul><p>Справка</p>',
            '<ul lang="ru"><li>Справка<br>и <b>копия</b></li></ul><p><span lang="ru">Справка</span></p>',
        ),
    ],
)
def test_text_in_other_letters_is_marked_with_its_language(tag: str, document: str, expected: str) -> None:
    assert mark_language_parts(document, tag) == expected


@pytest.mark.parametrize(
    ("tag", "document"),
    [
        ("ru", "<p>Справка</p>"),
        ("kk", "<p>Справка, Анықтама</p>"),
        ("en", "<p>Certificate</p>"),
        ("en", "<title>Справка</title><textarea>Справка</textarea><script>'Справка'</script>"),
        ("en", '<p title="Справка">Certificate<!-- Справка --></p>'),
        ("en", '<a hreflang="ru" lang="ru">Рус</a>'),
        ("ru", '<a hreflang="kk" lang="kk">Қаз</a>'),
        ("en", '<option lang="ru">Алматы</option>'),
    ],
)
def test_text_without_doubt_or_already_marked_stays_as_it_is(tag: str, document: str) -> None:
    assert mark_language_parts(document, tag) == document


def test_marking_twice_changes_nothing_more() -> None:
    once = mark_language_parts("<p>Дело <b>Ұлан</b> Case</p>", "en")
    assert mark_language_parts(once, "en") == once
