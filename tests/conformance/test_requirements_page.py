"""docs/reference/requirements.md, and the catalogue behind it: how many requirements, how many of them tested."""

from __future__ import annotations

from services.tools.conformance.requirements import load_requirements
from services.tools.conformance.roles.role_list import load_roles
from tests.conformance.requirements_page import PAGE, is_tested, make_page
from tests.docs_commands import ROOT

LEAST, LEAST_TESTED = 150, 0.95


def test_requirements_page_is_what_the_catalogue_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == make_page(), "make docs"


def test_requirements_are_enough_and_nearly_all_tested() -> None:
    requirements = load_requirements().values()
    tested = [requirement for requirement in requirements if is_tested(requirement)]
    assert len(requirements) >= LEAST
    assert len(tested) >= LEAST_TESTED * len(requirements)


def test_requirement_that_nothing_tests_says_why() -> None:
    silent = [one.id for one in load_requirements().values() if one.untested is None and not is_tested(one)]
    assert silent == []


def test_requirement_belongs_to_a_role_and_every_check_to_a_requirement() -> None:
    requirements, roles = load_requirements(), load_roles().values()
    groups = {group for role in roles for group in role.groups}
    assert {one.id for one in requirements.values() if one.group not in groups} == set()
    assert {name for role in roles for name in role.checks} <= set(requirements)


def test_page_that_a_requirement_cites_is_there_with_its_section() -> None:
    lacking = []
    for requirement in load_requirements().values():
        page, _, section = requirement.source.partition(", ")
        if page.startswith("docs/"):
            text = (ROOT / page).read_text(encoding="utf-8") if (ROOT / page).is_file() else ""
            if not text or (section and f"# {section}\n" not in text):
                lacking.append((requirement.id, requirement.source))
    assert lacking == []
