"""Every clause of the five documents has a fate, and what a clause names exists.

The numbers of lines, clauses and items were counted in the published texts with other means than those that made
the files: lines by ``wc``, clauses and items by lines of a regulation's body that begin with a number.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from functools import cache
from pathlib import Path
from re import fullmatch

import pytest

from shared.regulations.bpmn import to_bpmn
from shared.regulations.coverage.addresses import address_texts, clause_in
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.coverage.step_places import placed_steps, steps_by_place
from shared.regulations.coverage.views import view_clauses, view_coverage
from shared.regulations.passport_book import PassportBook

ROOT = Path(__file__).parents[3]
LINES = {
    "akmola-2014": 3511,
    "akmola-2015": 1078,
    "musrepov-2012": 876,
    "atyrau-2014": 2145,
    "south-kazakhstan-2012": 6066,
}
CLAUSES_AND_ITEMS = {
    "KZ-AKM.1": (11, 26), "KZ-AKM.2": (17, 22), "KZ-AKM.3": (9, 13), "KZ-AKM.4": (9, 13), "KZ-AKM.5": (18, 27),
    "KZ-AKM.6": (9, 13), "KZ-AKM.7": (17, 25), "KZ-AKM.8": (11, 24), "KZ-AKM.9": (10, 13), "KZ-AKM.10": (9, 13),
    "KZ-AKM.11": (9, 13), "KZ-AKM.12": (17, 27), "KZ-AKM.13": (17, 19), "KZ-AKM.14": (9, 13),
    "KZ-AKM.15": (11, 30),
    "KZ-AKM.16": (17, 11), "KZ-AKM.17": (16, 21), "KZ-AKM.18": (9, 13), "KZ-AKM.19": (17, 17),
    "KZ-ATY.1": (7, 9), "KZ-ATY.2": (8, 64), "KZ-ATY.3": (8, 27), "KZ-ATY.4": (9, 33), "KZ-ATY.5": (9, 22),
    "KZ-ATY.6": (10, 24), "KZ-ATY.7": (9, 24), "KZ-ATY.8": (9, 30), "KZ-ATY.9": (9, 33), "KZ-ATY.10": (7, 8),
    "KZ-ATY.11": (9, 26), "KZ-ATY.12": (9, 24), "KZ-ATY.13": (10, 25), "KZ-ATY.14": (7, 8), "KZ-ATY.15": (7, 8),
    "KZ-ATY.16": (7, 8), "KZ-ATY.17": (7, 8), "KZ-ATY.18": (7, 8), "KZ-ATY.19": (8, 21), "KZ-ATY.20": (7, 8),
    "KZ-SEV.1": (17, 42),
    "KZ-YUZ.1": (16, 64), "KZ-YUZ.2": (17, 54), "KZ-YUZ.3": (17, 54), "KZ-YUZ.4": (16, 41),
}  # fmt: skip
"""The numbered clauses of the body of each regulation, and the items of its clauses."""
ROWS = {"KZ-SEV.1": 9 + 12, "KZ-YUZ.1": 12 + 15 + 15, "KZ-YUZ.2": 42, "KZ-YUZ.3": 42, "KZ-YUZ.4": 9 + 12}
"""The actions that the step tables of the electronic services number."""
CHECKED_FIELDS = {"KZ-YUZ.1": 5, "KZ-YUZ.3": 5, "KZ-YUZ.4": 8}
AMENDED_REGULATIONS, AMENDING_ANNEXES = 19, 41


@pytest.fixture(scope="module")
def coverage() -> CoverageBook:
    return CoverageBook.load()


@pytest.fixture(scope="module")
def passports() -> PassportBook:
    return PassportBook.load()


@pytest.mark.parametrize("document", LINES)
def test_every_line_of_the_documents_belongs_to_a_clause(coverage: CoverageBook, document: str) -> None:
    spans = {
        tuple(map(int, clause.lines.split("-"))) for file in coverage.files_of(document) for clause in file.clauses
    }
    covered = [line for first, last in sorted(spans) for line in range(first, last + 1)]
    assert covered == list(range(1, LINES[document] + 1)), "a line without a clause, or with two"
    assert coverage.documents[document].lines == LINES[document]


@pytest.mark.parametrize("regulation", CLAUSES_AND_ITEMS)
def test_every_clause_and_item_that_the_act_numbers_is_there(coverage: CoverageBook, regulation: str) -> None:
    addresses = [clause.at for clause in coverage.get_file(regulation).clauses]
    clauses, items = CLAUSES_AND_ITEMS[regulation]
    assert [at for at in addresses if fullmatch(r"п\. \d+", at)] == [f"п. {n}" for n in range(1, clauses + 1)]
    assert len([at for at in addresses if fullmatch(r"п\. .*пп\. \d+\)( \(2\))?", at)]) == items
    assert len([at for at in addresses if fullmatch(r"прил\. .*действие \d+", at)]) == ROWS.get(regulation, 0)
    assert len([at for at in addresses if fullmatch(r"прил\. .*поле \d+", at)]) == CHECKED_FIELDS.get(
        regulation, 0
    )
    assert max(Counter(addresses).values()) == 1, "two clauses of one address"


def test_amending_act_is_there_with_every_amendment_and_annex(coverage: CoverageBook) -> None:
    (file,) = coverage.files_of("akmola-2015")
    addresses = [clause.at for clause in file.clauses]
    assert [at for at in addresses if fullmatch(r"п\. 1, изменение \d+", at)] == [
        f"п. 1, изменение {n}" for n in range(1, AMENDED_REGULATIONS + 1)
    ]
    assert [at for at in addresses if fullmatch(r"прил\. \d+", at)] == [
        f"прил. {n}" for n in range(1, AMENDING_ANNEXES + 1)
    ]


def test_every_regulation_has_its_clauses(coverage: CoverageBook, passports: PassportBook) -> None:
    assert {file.regulation for file in coverage.files if file.regulation} == {
        passport.id for passport in passports.passports
    }
    for passport in passports.passports:
        assert coverage.get_file(passport.id).lines == passport.source.lines


def test_every_step_of_the_act_is_named_by_its_clause(coverage: CoverageBook, passports: PassportBook) -> None:
    """The passports say for themselves of which clause a step is."""
    for passport in passports.passports:
        steps_by_clause = {clause.at: clause.steps for clause in coverage.get_file(passport.id).clauses}
        named = {place for places in steps_by_clause.values() for place in places}
        for step in placed_steps(passports, passport):
            assert step.place in named, (passport.id, step.place)
            clause = (step.node.clause or "").split(";")[0].removesuffix(", абз. 1")
            if clause in steps_by_clause:
                assert step.place in steps_by_clause[clause], (passport.id, clause, step.place)


def test_every_step_that_a_clause_names_exists(coverage: CoverageBook, passports: PassportBook) -> None:
    for passport in passports.passports:
        steps = steps_by_place(passports, passport)
        for clause in coverage.get_file(passport.id).clauses:
            for place in clause.steps:
                assert place in steps, (passport.id, clause.at, place)


def test_clauses_name_executors_titles_and_laws_that_are_there_and_no_other_is(coverage: CoverageBook) -> None:
    clauses = [clause for file in coverage.files for clause in file.clauses]
    assert {name for clause in clauses for name in clause.by} == set(coverage.executors)
    assert {clause.title for clause in clauses if clause.title} == set(coverage.titles)
    assert {clause.fate for clause in clauses} == set(coverage.fates)
    assert {name for clause in clauses for name in clause.cites} == set(coverage.cited_acts)
    assert {clause.symbol for clause in clauses if clause.symbol} == set(coverage.symbols)


def test_term_of_a_clause_is_in_the_glossary(coverage: CoverageBook) -> None:
    clauses = [clause for file in coverage.files for clause in file.clauses]
    assert {clause.term for clause in clauses if clause.term} == set(coverage.terms)
    assert [
        clause.at for clause in clauses if clause.by == ("glossary",) and not clause.term and clause.fate == "data"
    ] == []


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(function.name for function in functions)


def test_tests_that_show_an_executor_at_work_exist(coverage: CoverageBook) -> None:
    named = [test.split("::") for executor in coverage.executors.values() for test in executor.tests]
    assert [f"{path}::{name}" for path, name in named if name not in functions_of(path)] == []


def test_places_of_executors_are_files_or_paths_that_a_system_publishes(coverage: CoverageBook) -> None:
    for name, executor in coverage.executors.items():
        system, _, path = executor.place.partition(" ")
        if not path:
            assert (ROOT / system).exists(), name
            continue
        document = json.loads((ROOT / f"shared/contracts/published/openapi/{system}.json").read_text())
        assert path in document["paths"], (name, executor.place)


def test_legend_names_every_element_that_diagrams_draw(coverage: CoverageBook, passports: PassportBook) -> None:
    wanted = {element for symbol in coverage.symbols.values() for element in symbol.elements}
    drawn: set[str] = set()
    for passport, graph in passports.all_graphs():
        text = to_bpmn(graph, passport).decode()
        drawn |= {element for element in wanted if f"<bpmn:{element}" in text}
        if drawn == wanted:
            return
    assert drawn == wanted


def test_every_address_is_told_in_three_languages(coverage: CoverageBook) -> None:
    assert address_texts("п. 5, пп. 3), абз. 2") == {
        "ru": "п. 5, пп. 3), абз. 2",
        "kk": "5-тармақ, 3) тармақша, 2-абзац",
        "en": "clause 5, item 3), paragraph 2",
    }
    for file in coverage.files:
        for clause in file.clauses:
            assert len(set(address_texts(clause.at).values())) == 3, clause.at


def test_every_clause_that_a_page_shows_is_told_in_three_languages() -> None:
    assert (
        clause_in("kk", "п. 8, пп. 8) и 9); п. 9, пп. 3)")
        == "8-тармақ, 8) және 9) тармақша; 9-тармақ, 3) тармақша"
    )
    for passport, graph in PassportBook.load().all_graphs():
        places = {node.clause for node in graph.nodes} | {one.clause for one in passport.refusals}
        for clause in (places | {one.clause for one in passport.receipts}) - {None, ""}:
            assert clause is not None
            assert clause_in("ru", clause) == clause
            assert len({clause_in(tag, clause) for tag in ("ru", "kk", "en")}) == 3, clause


def test_figures_add_up(coverage: CoverageBook, passports: PassportBook) -> None:
    view = view_coverage(coverage, passports)
    figures = view.figures
    assert figures.clauses == figures.executed + figures.frame + figures.not_executed
    assert figures.clauses == sum(figures.by_fate.values())
    assert figures.clauses == sum(document.figures.clauses for document in view.documents)


def test_step_of_a_clause_leads_into_the_diagram(coverage: CoverageBook, passports: PassportBook) -> None:
    clauses = {clause.at["ru"]: clause for clause in view_clauses(coverage, passports, "KZ-YUZ.3")}
    row = clauses["прил. 3, табл. 3, действие 5"]
    assert [step.diagram for step in row.steps] == ["/regulations/KZ-YUZ.3/diagram?channel=portal&variant=main#t5"]
    assert clauses["п. 2"].cites == ["law-administrative-procedures", "standards-2011-394"]
