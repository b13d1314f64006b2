"""A country does not start on an act that cannot be executed: it says the file, the line and every fault."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shared.regulations.loader import PASSPORT_FOLDER
from tests.servers import environment

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[3]
ASSISTANCE, CERTIFICATE = "kz-sev/01-targeted-social-assistance.yaml", "kz-aty/05-unemployment-certificate.yaml"
ROW = "\n        next: [{next}]\n        clause: прил. 1, табл. 1, действие {row}"
MINUTE = "deadline: {text: Не более 1 минуты, amount: 1, unit: minute"
BY_FACT = "exceptions: [{when: бумаг нет, fact: no-papers, amount: 20, unit: working_day}]"
ALSO = "also: [{of: доставка, amount: 1, unit: working_day}]"
FAULTS = {
    "a granted way that makes no document": (
        CERTIFICATE,
        [
            (
                "performs: {op: approve}",
                "performs: {op: resolve}",
                "provider, main: the service is granted and no step before",
                "channels:\n  accept",
            ),
        ],
    ),
    "a role that nobody has": (
        ASSISTANCE,
        [
            (
                "performs: {op: decide, system: is_mio, roles: [employee], automatic: false}",
                "performs: {op: decide, system: is_mio, roles: [operator], automatic: false}",
                "nobody at is_mio is «МИО»",
                "n: 4\n        unit: МИО",
            ),
        ],
    ),
    "limits that no clock can reach": (
        ASSISTANCE,
        [
            (
                'deadline: {text: "-", unit: unspecified}' + ROW.format(next=7, row=6),
                'deadline: {text: "-", amount: 1, unit: minute, ' + ALSO + "}" + ROW.format(next=7, row=6),
                "no process has this step, nothing counts its parts",
                ALSO,
            ),
            (
                MINUTE + "}" + ROW.format(next=6, row=5),
                MINUTE + ", " + BY_FACT + "}" + ROW.format(next=6, row=5),
                "nobody can state no-papers: no employee takes this step",
                BY_FACT,
            ),
        ],
    ),
}
"""Fault: the passport and its spoiled places: the text there, its replacement, what the refusal says, the text of
the named line.
"""


def lay_out_package(folder: Path, passport: str) -> Path:
    """The package in a folder, of links but for the region of a passport; the path of the passport there."""
    (folder / "services").symlink_to(ROOT / "services")
    for source, copied in ((ROOT / "shared", "regulations"), (PASSPORT_FOLDER, passport.split("/")[0])):
        target = folder / source.relative_to(ROOT)
        target.mkdir()
        for child in source.iterdir():
            if child.name != copied:
                (target / child.name).symlink_to(child)
    path = folder / PASSPORT_FOLDER.relative_to(ROOT) / passport
    path.parent.mkdir()
    return path


@pytest.mark.parametrize("fault", FAULTS)
def test_country_does_not_start_on_an_act_that_cannot_be_executed(fault: str, tmp_path: Path) -> None:
    passport, places = FAULTS[fault]
    text = (PASSPORT_FOLDER / passport).read_text(encoding="utf-8")
    for old, new, _, _ in places:
        assert old in text
        text = text.replace(old, new, 1)
    lay_out_package(tmp_path, passport).write_text(text, encoding="utf-8")
    settings = {"EGOV_DATA_DIR": str(tmp_path / "var"), "EGOV_PORT_OFFSET": "23000"}
    ended = subprocess.run(
        (sys.executable, "-m", "services", "all"),
        cwd=tmp_path,
        env=environment.inherited(**settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ended.returncode == 1, ended.stderr
    assert ended.stderr.startswith("passport-invalid: ")
    for _, _, told, at in places:
        lines = [line for line in ended.stderr.splitlines() if told in line]
        place = f"{passport}:{text.split(at)[0].count(chr(10)) + 1}: "
        assert lines
        assert all(place in line for line in lines)
    assert not (tmp_path / "var").exists(), "nothing was begun"
