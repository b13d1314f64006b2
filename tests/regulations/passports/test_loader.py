"""A faulty passport is refused with the file and the line of the fault."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from shared.bus.errors import Malformed
from shared.regulations.loader import PASSPORT_FOLDER, load_passport, load_passports
from tests.regulations.unemployment import FILE, passport, spoiled

ROW = "clause: прил. 3, табл. 3, действие "

DECISION = "          amount: 3\n          unit: working_day"

SPOILS = {
    "a next step that does not exist": (f"next: [5]\n        {ROW}4", f"next: [99]\n        {ROW}4", "next: [99]"),
    "a step that no row leads to": (
        f"next: [15]\n        {ROW}14",
        f"next: []\n        {ROW}14",
        "n: 15\n        unit: ИС ЦОН",
    ),
    "a wait for a step that does not exist": ("исполнение, after: [13]", "исполнение, after: [31]", "after: [31]"),
    "steps that wait for each other": (
        "{op: accept, system: is_mio, roles: [employee], automatic: false, after: [3]}",
        "{op: accept, system: is_mio, roles: [employee], automatic: false, after: [6]}",
        "performs: {op: accept, system: is_mio, roles: [employee], automatic: false, after: [6]}",
    ),
    "a reading that no note explains": ("[4, 5, 10, 11, 15]", "[4, 5, 10, 11]", "status: исполнение, after: [13]"),
    "an unknown channel": ("  portal:\n    table: 3", "  kiosk:\n    table: 3", "kiosk:"),
    "an unknown system of the bus": (
        "hand_over, system: is_con",
        "hand_over, system: is_gone",
        "performs: {op: hand_over",
    ),
    "a system that the passport does not list": ("[ПЭП, ШЭП, РШЭП, ИС МИО]", "[ПЭП, ИС ЦГО]", "[ПЭП, ИС ЦГО]"),
    "a status that its row does not show": ("{status: исполнение,", "{status: исполнено,", "{status: исполнено,"),
    "a field key that stands twice": ("key: rnn", "key: iin", "key: iin, field: РНН"),
    "a number written as a string": ("annex: 3", 'annex: "3"', 'annex: "3"'),
    "a misspelt key": ("service_type: unemp", "servise_type: unemp", "servise_type"),
    "a key that stands twice": ("region: KZ-YUZ\n", "region: KZ-YUZ\nregion: KZ-YUZ\n", "region: KZ-YUZ"),
    "a deadline whose unit has no amount": (
        DECISION,
        "          unit: working_day",
        "deadline:\n          text: Три",
    ),
    "broken YAML": ("questionnaire:\n  appendix: 5", "questionnaire:\n\tappendix: 5", "\tappendix"),
    "an id that is not region and annex": ("id: KZ-YUZ.3", "id: KZ-YUZ.4", "id: KZ-YUZ.4"),
}
"""Fault: the text in the passport, its replacement, the text of the line to be named."""


@pytest.mark.parametrize("fault", SPOILS)
def test_passport_that_is_spoiled_is_refused_with_file_and_line(fault: str, tmp_path: Path) -> None:
    old, new, where = SPOILS[fault]
    path = spoiled(tmp_path, old, new)
    with pytest.raises(Malformed) as refusal:
        load_passport(path)
    problems = refusal.value.details["problems"]
    assert refusal.value.code == "passport-invalid"
    assert {problem["file"] for problem in problems} == {"kz-yuz/03-unemployment-certificate.yaml"}
    assert line_with(path, where) in {problem["line"] for problem in problems}, refusal.value.message


def line_with(path: Path, text: str) -> int:
    return path.read_text(encoding="utf-8").split(text)[0].count("\n") + 1


def test_passport_refusal_starts_with_file_line_and_place_and_hides_the_machine(tmp_path: Path) -> None:
    path = spoiled(tmp_path, *SPOILS["a next step that does not exist"][:2])
    with pytest.raises(Malformed, match=r"step_tables\.portal\.rows\.3\.next: step 99 does not exist") as refusal:
        load_passport(path)
    line = refusal.value.details["line"]
    assert refusal.value.message.startswith(f"kz-yuz/03-unemployment-certificate.yaml:{line}: step_tables.")
    assert str(tmp_path) not in refusal.value.message


def test_passport_file_that_is_empty_is_refused_at_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("# nothing yet\n", encoding="utf-8")
    with pytest.raises(Malformed) as refusal:
        load_passport(path)
    assert (refusal.value.code, refusal.value.details["line"]) == ("passport-invalid", 1)


def test_passport_in_the_wrong_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kz-akm").mkdir()
    shutil.copy(FILE, tmp_path / "kz-akm" / FILE.name)
    with pytest.raises(Malformed, match="belongs in kz-yuz/03-unemployment-certificate"):
        load_passports(tmp_path)


def test_passport_files_may_not_bear_one_id(tmp_path: Path) -> None:
    (tmp_path / "kz-yuz").mkdir()
    text = FILE.read_text(encoding="utf-8")
    (tmp_path / "kz-yuz" / FILE.name).write_text(text, encoding="utf-8")
    other = text.replace("service_type: unemployment-certificate", "service_type: other")
    (tmp_path / "kz-yuz" / "03-other.yaml").write_text(other, encoding="utf-8")
    with pytest.raises(Malformed, match=r"id KZ-YUZ\.3 is taken"):
        load_passports(tmp_path)


def test_passports_come_with_the_package_and_have_unique_ids() -> None:
    ids = [passport.id for passport in load_passports()]
    assert "KZ-YUZ.3" in ids
    assert len(set(ids)) == len(ids) == len(list(PASSPORT_FOLDER.glob("*/*.yaml")))


def test_passport_is_a_value() -> None:
    again = load_passport(FILE)
    assert again == passport()
    assert hash(again) == hash(passport())


def test_passport_loads_in_fifty_milliseconds() -> None:
    assert any(_seconds_to_load() < 0.05 for _ in range(50)), "not once in fifty times, however busy the machine"


def _seconds_to_load() -> float:
    start = time.process_time()
    load_passport(FILE)
    return time.process_time() - start
