"""Texts for people are data: of Russian and Kazakh, Python holds terms of the field and the list below."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import Module, modules

CYRILLIC = re.compile(r"[\u0400-\u04ff]+(?:-[\u0400-\u04ff]+)*")

FIELD_TERMS = frozenset(
    {
        *("ИИН", "БИН", "ЭЦП", "ИС", "АРМ", "ПЭП", "ШЭП", "РШЭП", "МИО", "ЦОН", "ЦГО", "НР", "ЕНИС", "НУЦ"),
        *("ГЦВП", "КДП", "ГБД", "ЮЛ", "Е-лицензирование", "Е-собес", "Рынок", "труда"),
    }
)
"""Names of systems and numbers, which stay themselves in every language, in errors and in English sentences."""

NO_TEXTS: dict[str, tuple[str, str]] = {
    "services/is_con/domain.py": ("letters of the numbers on tickets", "А|Б"),
    "services/portal_pep/domain.py": (
        "statuses: values that the cabinet's API carries as the acts' own",
        "отправлено|не доставлено|завершение оказания услуги|отказано",
    ),
    "services/tools/conformance/roles/cases/case_papers.py": (
        "statuses of the act, and the words of an invented document",
        "поступившие|в работе|завершение оказания услуги|Справка безработному"
        "|Отдел занятости и социальных программ города Шымкент|Гражданин зарегистрирован как безработный",
    ),
    "services/tools/simulation/people.py": (
        "what invented citizens write into their forms",
        "документ, который называет регламент|гарантия выезда.pdf|согласен",
    ),
    "shared/bus/http/document.py": (
        "the act's own name of the check",
        "The condition of «условие 2» that does not hold.",
    ),
    "shared/contracts/population.py": (
        "endings of names and the parts of an address, which are rules and no words",
        "а|ко|ий|ая|қызы|ұлы|на|ич|г. |, ул. |, д. |, кв. ",
    ),
    "shared/pki/certificates/profile.py": (
        "names of the real centre in its certificates",
        "НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ {year}|ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA) {year}",
    ),
    "shared/pki/faults.py": (
        "names in the certificates of invented people",
        "ИСПЫТАТЕЛЬ|ИСТЕК|РАНО|ОТОЗВАН|ЧУЖОЙ|НЕТОТ|ДРУГОЙ|СЛОМАН|ПОЗЖЕ|МУСОР|СТАРО|МОЛЧИТ|ОТКАЗ",
    ),
    "shared/pki/gost/authority.py": (
        "names of the real centre in its certificates",
        "НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (GOST)|ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (GOST) {year}",
    ),
    "shared/regulations/model/steps.py": ("the act's word by which a condition is known", "условие"),
    "shared/regulations/process/markings.py": ("statuses of the acts", "поступившие|в работе"),
    "shared/workplace/steps/extensions.py": ("a status: a value that messages carry", "срок продлён"),
    "shared/workplace/steps/receipts.py": (
        "words of the acts by which the lines of a расписка are known",
        "номер и дата|вид запрашиваемой|количество и названия|дата, время и место|дата регистрации"
        "|дата получения|принявш|услугополучателя",
    ),
}
"""The literals that are no texts for people: by file, the reason and the literals. A new one is a decision."""

MODULES = {module.place: module for module in modules("services") + modules("shared")}


def cyrillic_literals(module: Module) -> Iterator[str]:
    """The string literals with Cyrillic words that are no terms of the field; docstrings are no literals."""
    docstrings = {id(node.value) for node in module.nodes if isinstance(node, ast.Expr)}
    for node in module.nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docstrings:
            continue
        if not set(CYRILLIC.findall(node.value)) <= FIELD_TERMS:
            yield node.value


@pytest.mark.parametrize("place", sorted(MODULES))
def test_text_for_people_stands_in_yaml_and_not_in_python(place: str) -> None:
    _, allowed = NO_TEXTS.get(place, ("", ""))
    unlisted = set(cyrillic_literals(MODULES[place])) - set(allowed.split("|"))
    assert sorted(unlisted) == [], "a text for people goes to a YAML file of texts beside the module"


@pytest.mark.parametrize("place", sorted(NO_TEXTS))
def test_literal_that_is_no_text_for_people_still_stands_in_its_file(place: str) -> None:
    gone = set(NO_TEXTS[place][1].split("|")) - set(cyrillic_literals(MODULES[place]))
    assert sorted(gone) == [], "nobody needs them any more: remove them from the list"
