"""Every code that people may see has a text in three languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from shared import pki
from shared.contracts import identifiers
from shared.pki.cms import signed_data
from shared.pki.verification.texts import TEXTS
from shared.pki.verification.verdict import CONDITIONS
from shared.texts.catalog import LANGUAGES

CODE = re.compile(r"(eds|iin|bin)-[a-z-]+")


def codes_in(path: Path) -> set[str]:
    """The codes that the source of a module contains as whole strings."""
    constants = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return {str(node.value) for node in constants if CODE.fullmatch(str(node.value))}


def identifier_codes() -> set[str]:
    kinds = ("length", "digits", "check-digit")
    return {f"{prefix}-{kind}" for prefix in ("iin", "bin") for kind in kinds} | codes_in(
        Path(identifiers.__file__)
    )


def test_texts_exist_for_every_code_of_the_checks() -> None:
    raised = set[str]().union(*(codes_in(path) for path in Path(pki.__file__).parent.rglob("*.py")))
    assert raised <= set(CONDITIONS) | set(TEXTS)
    assert set(CONDITIONS) <= set(TEXTS)
    assert identifier_codes() <= set(TEXTS)


@pytest.mark.parametrize("code", TEXTS)
def test_texts_exist_in_three_languages_and_are_sentences(code: str) -> None:
    assert tuple(TEXTS[code]) == LANGUAGES
    assert all(text[0].isupper() and text.endswith(".") for text in TEXTS[code].values())
    assert len(set(TEXTS[code].values())) == 3


@pytest.mark.parametrize("code", [code for code in CONDITIONS if code != "eds-revocation-unknown"])
def test_texts_of_a_refused_signature_say_that_the_service_is_refused_and_why(code: str) -> None:
    assert TEXTS[code]["ru"].startswith("В запрашиваемой услуге отказано: подлинность ЭЦП не подтверждена. ")
    assert len(TEXTS[code]["ru"].split(". ")) >= 2


def test_texts_of_two_codes_never_say_the_same() -> None:
    assert len({text["ru"] for text in TEXTS.values()}) == len(TEXTS)


def test_texts_cannot_be_changed() -> None:
    assert not hasattr(TEXTS, "__setitem__")
    assert signed_data.MAX_BYTES > 0
