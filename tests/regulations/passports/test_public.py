"""The public form: the keys and shapes that other tools compare."""

from __future__ import annotations

import json

from shared.regulations.public import public_form
from tests.regulations.unemployment import passport

DEADLINE = {"text", "amount", "unit", "upper"}


def test_public_form_has_exactly_the_agreed_keys() -> None:
    assert list(public_form(passport())) == [
        "id",
        "region",
        "annex",
        "service_type",
        "title",
        "provider",
        "channels",
        "procedures",
        "channel_steps",
        "step_tables",
        "flk",
        "statuses",
        "systems",
        "contradictions",
    ]


def test_public_form_survives_json_unchanged() -> None:
    form = public_form(passport())
    assert json.loads(json.dumps(form)) == form


def test_public_form_heads_with_the_identity_of_the_regulation() -> None:
    form = public_form(passport())
    assert (form["id"], form["region"], form["annex"]) == ("KZ-YUZ.3", "KZ-YUZ", 3)
    assert form["title"] == {
        "ru": "Выдача справок безработным гражданам",
        "kk": "Жұмыссыз азаматтарға анықтамалар беру",
    }
    assert form["channels"] == {"accept": ["provider", "con", "portal"], "issue": ["provider", "con", "portal"]}
    assert form["procedures"] == []
    assert form["systems"] == ["ПЭП", "ШЭП", "РШЭП", "ИС МИО", "ИС ЦОН"]


def test_public_channel_step_has_its_label_and_the_systems_it_touches() -> None:
    step = public_form(passport())["channel_steps"]["portal"][8]
    assert set(step) == {"label", "by", "action", "systems", "refusal", "deadline"}
    assert (step["label"], step["refusal"], step["deadline"]) == ("процесс 6", False, None)
    assert step["systems"] == ["ПЭП", "ШЭП", "РШЭП", "ИС МИО"]


def test_public_table_row_says_nothing_of_our_bindings() -> None:
    tables = public_form(passport())["step_tables"]
    assert {channel: len(rows) for channel, rows in tables.items()} == {"provider": 12, "con": 15, "portal": 15}
    for row in (row for rows in tables.values() for row in rows):
        assert set(row) == {"n", "unit", "action", "completion", "deadline", "next"}
        assert set(row["deadline"]) == DEADLINE


def test_public_deadline_keeps_the_words_of_the_act() -> None:
    row = public_form(passport())["step_tables"]["portal"][4]
    assert row["deadline"] == {"text": "Не более 10 минут", "amount": 10, "unit": "minute", "upper": None}


def test_public_fields_statuses_and_contradictions_have_their_agreed_shapes() -> None:
    form = public_form(passport())
    assert form["flk"][0] == {"field": "ИИН", "mandatory": True, "size": 12, "format": "numeric"}
    assert {"status": "поступившие", "shown_in": "ИС ЦОН", "table": "provider", "step": 4} in form["statuses"]
    assert all(isinstance(text, str) for text in form["contradictions"])
