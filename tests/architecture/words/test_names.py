"""Names can be guessed: most have two words, none stands for two classes, none is a bare participle or pronoun."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict

from tests.architecture.source import modules

MOST_CLASSES_OF_ONE_WORD = 0.25
MOST_FUNCTIONS_OF_ONE_WORD = 0.45
MOST_BARE_VARIABLES = 0.01
PER_SERVICE = {"Base"}
"""Class names that every service has."""
PARTICIPLES_AND_PRONOUNS = """
told found made given asked taken kept held known wanted shown named seen left gone handed granted refused
sent written said done meant one ones other others it its them they whom whose who what which these those this
that both each every some none rest more much same such whatever whoever together apart beside further near
begun come heard put shut drawn grown lent lost met paid sold spent torn worn won
"""
"""Words that say nothing without a noun."""
BARE = frozenset(PARTICIPLES_AND_PRONOUNS.split())
SOURCE = modules("services") + modules("shared")


def _word_count(name: str) -> int:
    return len(re.findall(r"[A-ZА-Я]+(?![a-zа-я])|[A-ZА-Я]?[a-zа-я0-9]+", name.strip("_"))) or 1


def test_class_name_stands_for_one_class() -> None:
    places = defaultdict(list)
    for module in SOURCE:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(module.place)
    twins = {name: where for name, where in places.items() if len(where) > 1 and name not in PER_SERVICE}
    assert twins == {}, "give each the noun of its own subject"


def test_class_name_has_two_words_as_a_rule() -> None:
    names = [node.name for module in SOURCE for node in module.nodes if isinstance(node, ast.ClassDef)]
    short = [name for name in names if _word_count(name) == 1]
    assert len(short) <= MOST_CLASSES_OF_ONE_WORD * len(names), sorted(short)


def test_function_name_has_a_verb_and_a_noun_as_a_rule() -> None:
    names = [function.name for module in SOURCE for function in module.functions if function.name[:2] != "__"]
    short = [name for name in names if _word_count(name) == 1]
    assert len(short) <= MOST_FUNCTIONS_OF_ONE_WORD * len(names), Counter(short).most_common()


def test_variable_name_is_no_bare_participle_or_pronoun() -> None:
    names: list[str] = []
    bare: list[str] = []
    for module in SOURCE:
        for node in module.nodes:
            if isinstance(node, ast.arg):
                names.append(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.append(node.id)
            else:
                continue
            if names[-1] in BARE:
                bare.append(f"{module.place}:{node.lineno} {names[-1]}")
    assert len(bare) <= MOST_BARE_VARIABLES * len(names), bare
