"""The passport of YUZ 3 against the act: numbers and words that can be counted in its text."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.regulations.loader import PASSPORT_FOLDER
from shared.regulations.model import Channel
from tests.regulations.unemployment import TABLED, passport

LABELS: dict[Channel, str] = {
    "provider": "|п 1|у 1|п 2|п 3|п 4|у 2|п 5|п 6|п 7|п 8",
    "con": "п 1|у 1|п 2|п 3|п 4|у 2|п 5|п 6|п 7|п 8",
    "portal": "|п 1|у 1|п 2|п 3|п 4|у 2|п 5|п 6|п 7",
}

UNITS: dict[Channel, str] = {
    "provider": "МИО|ИС МИО|РШЭП (ШЭП)|ИС ЦОН|МИО|ИС МИО|РШЭП (ШЭП)|ИС ЦОН|МИО|ИС МИО|ШЭП (РШЭП)|ИС ЦОН",
    "con": "ЦОН|ИС ЦОН|РШЭП (ШЭП)|ИС МИО|МИО|МИО|ИС МИО|РШЭП (ШЭП)|ИС ЦОН|ЦОН|МИО|ИС МИО|ШЭП (РШЭП)|ИС ЦОН|ЦОН",
    "portal": "ПЭП|РШЭП (ШЭП)|ИС МИО|ИС ЦОН|МИО|МИО|ИС МИО|ШЭП (РШЭП)|ПЭП|ИС ЦОН|МИО|ИС МИО|ШЭП (РШЭП)|ПЭП|ИС ЦОН",
}

MINUTES: dict[Channel, int] = {"provider": 30, "con": 40, "portal": 33}


def minutes(channel: Channel) -> int:
    table = passport().step_tables.get_value(channel)
    assert table is not None
    durations = [row.deadline.duration or timedelta(0) for row in table.rows]
    return int(sum(durations, timedelta(0)) / timedelta(minutes=1))


@pytest.mark.parametrize("channel", TABLED)
def test_passport_channel_steps_bear_the_label_that_the_act_prints(channel: Channel) -> None:
    steps = passport().channel_steps.get_value(channel)
    assert steps is not None
    assert "|".join(step.label for step in steps) == LABELS[channel].replace("п", "процесс").replace(
        "у", "условие"
    )


@pytest.mark.parametrize("channel", TABLED)
def test_passport_table_rows_have_the_unit_of_the_act_and_follow_the_one_before(
    channel: Channel,
) -> None:
    table = passport().step_tables.get_value(channel)
    assert table is not None
    last = len(table.rows)
    assert "|".join(row.unit for row in table.rows) == UNITS[channel]
    assert [row.n for row in table.rows] == list(range(1, last + 1))
    assert [row.next for row in table.rows] == [*((n,) for n in range(2, last + 1)), ()]


@pytest.mark.parametrize("channel", TABLED)
def test_passport_minute_limits_of_a_table_add_up_to_those_of_the_act(channel: Channel) -> None:
    assert minutes(channel) == MINUTES[channel]


def test_service_centre_decides_in_three_working_days_without_intake_and_issue() -> None:
    table = passport().step_tables.con
    assert table is not None
    deadline = table.rows[5].deadline
    assert (deadline.amount, deadline.unit, deadline.upper) == (3, "working_day", None)
    assert deadline.excludes == ("day_of_intake", "day_of_issue")
    assert deadline.duration is None


def test_service_centres_empty_row_is_kept_and_does_nothing() -> None:
    table = passport().step_tables.con
    assert table is not None
    assert [row.n for row in table.rows if row.performs.op == "nothing"] == [10]


def test_directories_hold_fifteen_departments_and_twenty_one_offices() -> None:
    directories = passport().directories
    assert [office.n for office in directories.departments] == list(range(1, 16))
    assert [office.n for office in directories.con_offices] == list(range(1, 22))
    assert directories.departments[14].code == "kz-yuz.employment.15"
    assert directories.con_offices[0].code == "kz-yuz.con.01"


def test_passport_file_holds_no_electronic_address() -> None:
    for path in PASSPORT_FOLDER.glob("*/*.yaml"):
        assert "@" not in path.read_text(encoding="utf-8"), path.name


def test_flk_has_the_five_fields_of_the_act() -> None:
    rules = [(rule.key, rule.field, rule.mandatory, rule.size, rule.format) for rule in passport().flk]
    assert rules == [
        ("iin", "ИИН", True, 12, "numeric"),
        ("rnn", "РНН", False, 12, "numeric"),
        ("postal_index", "Почтовый индекс", True, 6, "text"),
        ("phone", "Телефон", True, 15, "numeric"),
        ("sik", "СИК", True, 16, "text"),
    ]


def test_questionnaire_asks_two_questions_with_three_answers_each() -> None:
    asked = passport().questionnaire
    assert asked is not None
    assert [len(question.options) for question in asked.questions] == [3, 3]


def test_channels_each_refuse_an_unknown_login_and_an_unconfirmed_signature() -> None:
    for _, steps in passport().channel_steps.channel_values():
        refusals = {step.label: step.refusal_kind for step in steps if step.refusal}
        assert refusals == {"процесс 2": "authorization", "процесс 5": "eds_not_confirmed"}


def test_portal_shows_the_statuses_of_the_act() -> None:
    shown = [(s.status, s.shown_in, s.step) for s in passport().statuses if s.table == "portal" and s.named]
    assert shown == [
        ("поступившие", "ИС МИО", 3),
        ("поступившие с ПЭП", "ИС ЦОН", 4),
        ("в работе", "ПЭП", 9),
        ("исполнение", "ИС ЦОН", 15),
    ]


def test_passport_calls_what_the_act_only_draws_absent_with_a_reason() -> None:
    absent = [form for form in passport().forms if not form.present]
    assert [form.kind for form in absent] == ["application", "positive"]
    assert all(form.reason for form in absent)
    assert [diagram.present for diagram in passport().diagrams] == [False, False, False]


def test_contradictions_of_the_service_and_those_of_the_act_are_all_recorded() -> None:
    known = {item.id for item in passport().contradictions}
    assert known == {f"S3-C{n}" for n in (1, 2, 3, 4, 5, 7)} | {f"Y-C{n}" for n in range(1, 21)}
