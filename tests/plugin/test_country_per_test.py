"""The pytest plugin: the examples of its page run as they stand, and each test has a country of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.docs_commands import ROOT
from tests.servers import environment

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(300)]

PAGE = ROOT / "docs" / "how-to" / "country-per-test.md"
NAMED_BLOCK = re.compile(r"^\*\*`(test_\w+\.py)`\*\*\n\n```python\n(.+?)^```$", re.MULTILINE | re.DOTALL)

# a checkout whose virtual environment is older than the entry point
PLUGIN = () if entry_points(group="pytest11", name="egov_bus") else ("-p", "services.tools.testing.plugin")

ISOLATION = """
import pytest

SEEN = set()

@pytest.mark.parametrize("turn", range(3))
def test_country_is_untouched(country, citizen, turn):
    assert citizen.list_history() == []
    assert country.url("portal_pep") not in SEEN
    SEEN.add(country.url("portal_pep"))
    citizen.apply("KZ-YUZ.3")
    assert country.folder.exists()

def test_expectation_that_is_not_met_tells_what_came_instead(country, citizen):
    case = citizen.apply("KZ-YUZ.3")
    case.wait_until_completed()
    with pytest.raises(AssertionError, match="sender=portal_pep, recipients=is_mio"):
        country.journal.expect(case=case.id, sender="enis", seconds=0.1)

@pytest.mark.egov_bus(without=["is_mio"])
def test_place_left_free_answers_nothing(country):
    with pytest.raises(Exception, match="system-unknown|is_mio does not run here"):
        country.url("is_mio")

@pytest.mark.egov_bus(settings={"EGOV_CLERKS": "nobody-at-all"})
def test_wrong_setting_is_told(country):
    pass
"""


def run_pytest(folder: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PLUGIN]
    options = ["-c", "/dev/null", "--rootdir", str(folder), "-W", "ignore", str(folder)]
    done = subprocess.run(
        [*command, *options],
        cwd=folder,
        env=environment.inherited(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    return done.stdout + done.stderr


def test_examples_of_the_page_pass_as_they_stand(tmp_path: Path) -> None:
    examples = NAMED_BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(examples) == 4
    for name, content in examples:
        (tmp_path / name).write_text(content, encoding="utf-8")
    output = run_pytest(tmp_path)
    assert re.search(r"^6 passed in", output, re.MULTILINE), output


def test_each_test_has_a_country_of_its_own_and_a_wrong_wish_is_told(tmp_path: Path) -> None:
    (tmp_path / "test_isolation.py").write_text(ISOLATION, encoding="utf-8")
    output = run_pytest(tmp_path)
    assert re.search(r"^5 passed, 1 error in", output, re.MULTILINE), output
    assert "EGOV_CLERKS" in output
    assert "CountryFault: the country did not start" in output
