"""Accept-Language by RFC 9110 §12.5.4: weights, exclusions, ranges, and malformed headers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.http.languages import LANGUAGES, preferred_language

TAGS = st.sampled_from([*LANGUAGES, "de", "fr-CA", "kk-KZ", "ru-RU", "en-GB-oed", "*"])
WEIGHTS = st.one_of(st.just(""), st.integers(0, 1000).map(lambda n: f";q={n / 1000:.3f}"))


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("kk", "kk"),
        ("KK-kz", "kk"),
        ("kk-Cyrl-KZ", "kk"),
        ("de, en;q=0.5", "en"),
        ("ru;q=0.5, kk;q=0.9, en;q=0.7", "kk"),
        ("ru;q=0.5,en-GB;q=0.501", "en"),
        ("kk, ru", "kk"),
        ("ru;q=0.8, kk;q=0.8", "ru"),
        ("kk;q=0.8, ru;q=0.8", "kk"),
        ("ru;q=0, kk;q=0.1", "kk"),
        ("ru;q=0.000, *", "kk"),
        ("ru;q=0, kk;q=0.0, *;q=0.5", "en"),
        ("ru;q=0", "kk"),
        ("ru;q=0, kk;q=0, en;q=0", "ru"),
        ("ru-RU;q=0, ru", "ru"),
        ("en;q=0.4, *;q=0.5", "ru"),
        ("ru;q=0.2, *;q=0.5", "kk"),
        ("*", "ru"),
        ("*;q=0", "ru"),
        ("de", "ru"),
        ("", "ru"),
        ("kk ; q=0.3 , en\t;\tq=0.2", "kk"),
        ("en;Q=0.9, kk", "kk"),
    ],
)
def test_language_is_the_one_with_the_greatest_weight_that_is_not_excluded(header: str, language: str) -> None:
    assert preferred_language(header) == language


@pytest.mark.parametrize(
    "element",
    [
        "kk;q=1.1",
        "kk;q=2",
        "kk;q=-1",
        "kk;q=",
        "kk;q",
        "kk;q=0.1234",
        "kk;q=.5",
        "kk;q=nan",
        "kk;q=1.001",
        "kk;w=1",
        "kk q=1",
        "k k",
        "kk_KZ",
        "kk-",
        "-kk",
        "kazakhqazaq",
        "kk;q=0.5;q=1",
        "ќк",
        "kkk",
        "kk-toolongsubtag",
    ],
)
def test_language_of_a_malformed_range_or_weight_is_not_asked_for(element: str) -> None:
    assert preferred_language(element) == "ru"
    assert preferred_language(f"{element}, en;q=0.001") == "en"


@given(st.lists(st.tuples(TAGS, WEIGHTS), max_size=6))
def test_language_is_never_an_excluded_one_while_another_is_asked_for(
    elements: list[tuple[str, str]],
) -> None:
    answer = preferred_language(", ".join(tag + weight for tag, weight in elements))
    read = [(tag.lower(), float(weight[3:] or 1)) for tag, weight in elements]
    excluded = {tag for tag, weight in read if weight == 0 and tag in LANGUAGES}
    asked = {tag.partition("-")[0] for tag, weight in read if weight > 0} & set(LANGUAGES) - excluded
    assert answer in LANGUAGES
    if asked:
        assert answer not in excluded


@given(st.permutations([("ru", 0.3), ("kk", 0.9), ("en", 0.6), ("de", 1.0)]))
def test_language_does_not_hang_on_the_order_of_different_weights(elements: list[tuple[str, float]]) -> None:
    assert preferred_language(",".join(f"{tag};q={weight}" for tag, weight in elements)) == "kk"


@given(st.text(max_size=200))
def test_language_of_any_header_at_all_is_one_of_ours(header: str) -> None:
    assert preferred_language(header) in LANGUAGES


def test_language_of_a_header_without_end_is_told_at_once() -> None:
    assert preferred_language("de;q=0.1," * 100_000 + "kk") in LANGUAGES
