"""Faulty procedures, walks and terms: the passport is refused with the file and the line of the fault."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shared.bus.errors import Malformed
from shared.regulations.loader import PASSPORT_FOLDER, load_passport, load_passports
from tests.regulations.unemployment import spoiled

WINDOW = PASSPORT_FOLDER / "kz-akm" / "03-disability-assistant.yaml"
KINDERGARTEN = PASSPORT_FOLDER / "kz-yuz" / "01-kindergarten-queue.yaml"

CERTIFICATE = PASSPORT_FOLDER / "kz-aty" / "05-unemployment-certificate.yaml"
AKIMS = PASSPORT_FOLDER / "kz-akm" / "15-needy-citizens-assistance.yaml"
NOT_TOLD = PASSPORT_FOLDER / "kz-akm" / "13-nuclear-test-victims.yaml"
FORWARDED = PASSPORT_FOLDER / "kz-aty" / "06-child-allowance.yaml"
NOT_ACCEPTED = PASSPORT_FOLDER / "kz-akm" / "17-unemployment-certificate.yaml"
NOTHING_DONE = PASSPORT_FOLDER / "kz-sev" / "01-targeted-social-assistance.yaml"
EXTENDED = PASSPORT_FOLDER / "kz-aty" / "19-nuclear-test-victims.yaml"

THIRD = "        next: [4]\n        clause: п. 5, пп. 3)"
FOURTH = "actor: руководство услугодателя\n        action: Руководство смотрит подготовленное и подписывает"
DECLINED = "to: процесс 7}]\n      performs: {op: answer, system: is_con, roles: [operator]}"
BY_A_SYSTEM = "deadline: {text: 15 минут, amount: 15, unit: minute}\n      clause: п. 9, абз. 2"
BY_NOBODY = '{text: "-", unit: unspecified}\n        next: [7]\n        clause: прил. 1, табл. 1, действие 6'
EXECUTOR = "amount: 9, unit: working_day}\n        next: [4]\n        clause: п. 5, пп. 3)"

SPOILS = {
    "a wrong step number in a procedure": (
        f"- n: 4\n        {FOURTH}",
        f"- n: 6\n        {FOURTH}",
        WINDOW,
        "step 6 stands where step 4 belongs",
        f"n: 6\n        {FOURTH}",
    ),
    "a step number that stands twice": (
        f"- n: 4\n        {FOURTH}",
        f"- n: 3\n        {FOURTH}",
        WINDOW,
        "n 3 stands twice",
        f"n: 3\n        {FOURTH}",
    ),
    "a step number that is no number": (
        f"- n: 4\n        {FOURTH}",
        f"- n: four\n        {FOURTH}",
        WINDOW,
        "valid integer",
        "n: four",
    ),
    "a dangling next in a procedure": (
        THIRD,
        THIRD.replace("[4]", "[7]"),
        WINDOW,
        "step 7 does not exist",
        THIRD.replace("[4]", "[7]").strip(),
    ),
    "an unreachable step in a procedure": (
        THIRD,
        THIRD.replace("[4]", "[5]"),
        WINDOW,
        "step 4 is not reached from the first step",
        f"n: 4\n        {FOURTH}",
    ),
    "an unknown unit": (
        EXECUTOR,
        EXECUTOR.replace("working_day", "fortnight"),
        WINDOW,
        "Input should be 'minute', 'hour', 'working_day'",
        "deadline: {text: 9 рабочих дней, amount: 9, unit: fortnight}",
    ),
    "a term of nothing": (
        EXECUTOR,
        EXECUTOR.replace("amount: 9", "amount: 0"),
        WINDOW,
        "greater than 0",
        "deadline: {text: 9 рабочих дней, amount: 0",
    ),
    "a range that ends before it begins": (
        EXECUTOR,
        EXECUTOR.replace("amount: 9", "amount: 9, upper: 8"),
        WINDOW,
        "the upper end of a range must be above its amount",
        "deadline: {text: 9 рабочих дней, amount: 9, upper: 8",
    ),
    "a further part of a term that nobody can measure": (
        EXECUTOR,
        EXECUTOR.replace("amount: 9, ", "amount: 9, also: [{of: выдача, unit: unspecified}], "),
        WINDOW,
        "nothing counts these parts",
        "deadline: {text: 9 рабочих дней, amount: 9, also",
    ),
    "an exception for a channel that is not open": (
        EXECUTOR,
        EXECUTOR.replace(
            "amount: 9, ",
            "amount: 9, exceptions: [{when: ЦОН, channels: [con], amount: 3, unit: working_day}], ",
        ),
        WINDOW,
        "no channel and variant of this passport reads this limit",
        "deadline: {text: 9 рабочих дней, amount: 9, exceptions",
    ),
    "an exception that hangs on nothing": (
        EXECUTOR,
        EXECUTOR.replace(
            "amount: 9, ", "amount: 9, exceptions: [{when: бумаг нет, amount: 20, unit: working_day}], "
        ),
        WINDOW,
        "or on a fact that an employee states",
        "deadline: {text: 9 рабочих дней, amount: 9, exceptions",
    ),
    "a further part of a term of a step that nobody takes": (
        BY_NOBODY,
        BY_NOBODY.replace(
            "unit: unspecified}", "amount: 1, unit: minute, also: [{of: доставка, amount: 1, unit: working_day}]}"
        ),
        NOTHING_DONE,
        "no process has this step, nothing counts its parts",
        'deadline: {text: "-", amount: 1',
    ),
    "a limit by a fact at a step that a system takes": (
        BY_A_SYSTEM,
        BY_A_SYSTEM.replace(
            "unit: minute}",
            "unit: minute, exceptions: [{when: бумаг нет, fact: papers-missing, amount: 20, unit: working_day}]}",
        ),
        NOT_ACCEPTED,
        "nobody can state papers-missing: no employee takes this step",
        "deadline: {text: 15 минут, amount: 15, unit: minute, exceptions",
    ),
    "an extension of a step that is not there": (
        "  - id: inquiries\n",
        "  - id: inquiries\n    variants: [nobody]\n",
        EXTENDED,
        "inquiries extends no step",
        "  - id: inquiries\n",
    ),
    "a deed that no system knows": (
        "п. 5, пп. 4)\n        performs: {op: approve}",
        "п. 5, пп. 4)\n        performs: {op: applaud}",
        WINDOW,
        "Input should be 'present'",
        "performs: {op: applaud}",
    ),
    "a branch of a walk to a step that is not there": (
        DECLINED,
        DECLINED.replace("процесс 7", "процесс 17"),
        KINDERGARTEN,
        "step процесс 17 does not exist",
        "item: 13)\n      label: процесс 8",
    ),
    "a walk that tells a row twice": (
        "rows: [6, 7, 8, 10, 11, 12]",
        "rows: [6, 7, 8, 9, 10, 11, 12]",
        KINDERGARTEN,
        "rows [9] are told twice",
        "item: 14)\n      label: процесс 10\n      by: сотрудник МИО",
    ),
    "a granted service whose result nobody signs": (
        "performs: {op: approve}",
        "performs: {op: resolve}",
        CERTIFICATE,
        "provider, main: the service is granted and no step before end:completed composes the result",
        "channels:\n  accept",
    ),
    "a centre that hands out what was never sent there": (
        "performs: {op: issue}",
        "performs: {op: issue, sends: [{message: UPDATE, to: [is_con]}]}",
        CERTIFICATE,
        "con, main: w3 hands out a result that is_con does not have",
        "item: 3)\n      label: процесс 3\n      by: работник ЦОНа",
    ),
    "a step of people whom no act names": (
        "actor: специалист аппарата акима сельского округа\n        action: Специалист отправляет",
        "actor: главный мудрец\n        action: Специалист отправляет",
        FORWARDED,
        "«главный мудрец» names no people, and performs.roles is missing",
        "n: 3\n        actor: главный мудрец",
    ),
    "a condition without people": (
        "performs: {op: decide, system: arm_shep, roles: [executor]}",
        "performs: {op: decide, system: arm_shep}",
        AKIMS,
        "«услугодатель» names no people, and performs.roles is missing",
        "item: 9)\n      label: условие 3",
    ),
    "people who work elsewhere": (
        "performs: {op: decide, system: arm_shep, roles: [executor]}",
        "performs: {op: decide, system: arm_shep, roles: [operator]}",
        AKIMS,
        "nobody at arm_shep is «услугодатель»",
        "item: 9)\n      label: условие 3",
    ),
    "people beside those whom the act names": (
        "performs: {op: approve}",
        "performs: {op: approve, roles: [office]}",
        CERTIFICATE,
        "names the people, performs.roles is too much",
        "n: 2\n        actor: руководство услугодателя",
    ),
    "people for what a system does alone": (
        "op: query\n        system: is_con\n",
        "op: query\n        system: is_con\n        roles: [operator]\n",
        NOT_TOLD,
        "a system takes this step alone",
        "performs:\n        op: query",
    ),
    "people at an office that the act does not list": (
        "      kind: akim\n",
        "",
        AKIMS,
        "the act lists no office of the kind akim",
        "n: 1\n        actor: канцелярия акима",
    ),
    "a department that takes a case which nobody forwards": (
        "performs: {op: forward}\n        then: all",
        "performs: {op: receive}\n        then: all",
        FORWARDED,
        "p1: the case is at the akim's office, and no step forwards it",
        "n: 1\n        actor: специалист канцелярии",
    ),
    "a refusal without reasons": (
        "- kind: refused\n    channel: con",
        "- kind: accepted\n    channel: con",
        NOT_ACCEPTED,
        "the service is refused and no step before end:w3:incomplete gives the reasons",
        'item: "9, абз. 3"',
    ),
}
"""Fault: the text in the passport, its replacement, the file, the message of the refusal, the text of the named
line.
"""


@pytest.mark.parametrize("fault", SPOILS)
def test_passport_fault_is_told_with_its_file_and_line(fault: str, tmp_path: Path) -> None:
    old, new, file, told, at = SPOILS[fault]
    path = spoiled(tmp_path, old, new, file)
    with pytest.raises(Malformed) as refusal:
        load_passport(path)
    found = [(p["file"], p["line"]) for p in refusal.value.details["problems"] if told in p["message"]]
    line = path.read_text(encoding="utf-8").split(at)[0].count("\n") + 1
    assert (f"{file.parent.name}/{file.name}", line) in found, refusal.value.message
    assert f"{file.parent.name}/{file.name}:{line}: " in refusal.value.message


def test_passport_that_is_bad_among_the_others_is_refused_when_all_are_loaded(tmp_path: Path) -> None:
    for region in ("kz-akm", "kz-sev"):
        shutil.copytree(PASSPORT_FOLDER / region, tmp_path / region)
    spoiled(tmp_path, THIRD, THIRD.replace("[4]", "[7]"), WINDOW)
    with pytest.raises(
        Malformed, match=r"^kz-akm/03-disability-assistant\.yaml:\d+: procedures\.0\.steps\.2\.next"
    ):
        load_passports(tmp_path)
