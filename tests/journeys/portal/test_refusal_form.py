"""The third refusal of the act: «введённые данные некорректны», format-logic control (ФЛК)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from shared.client import ApiError
from shared.regulations.forms.valid_form import make_valid_form
from tests.journeys.all_processes import Way
from tests.journeys.kit import AUTHORITY, SERVICE, Citizen, RunningCountry, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")

MEANING = {"ru": "введённые данные некорректны", "kk": "деректер дұрыс емес", "en": "the data entered"}
OF_ANOTHER = "850101100022"
"""A valid number that no person of this population has."""


async def refusal_of(citizen: Citizen, fields: Mapping[str, str]) -> ApiError:
    """The refusal of a form at the draft, and of a signed form that skipped the draft's check."""
    early = await refused(citizen.portal.draft_application(SERVICE, AUTHORITY, fields))
    document = json.loads(await citizen.draft())
    signed = citizen.sign(json.dumps({**document, "fields": fields}).encode())
    late = await refused(citizen.portal.submit_application(signed))
    assert (early.status, early.code) == (422, "form-invalid")
    assert late.body == early.body
    assert (await refused(citizen.portal.get_application(document["application_id"]))).status == 404
    return early


def faults(error: ApiError) -> dict[str, str]:
    return {fault["key"]: fault["code"] for fault in error.body["fields"]}


async def test_flk_names_every_missing_field_at_once(country: RunningCountry) -> None:
    error = await refusal_of(await country.citizen(), {})
    missing = ("iin", "postal_index", "phone", "sik")
    assert faults(error) == dict.fromkeys(missing, "field-missing")
    assert [fault["field"] for fault in error.body["fields"]] == ["ИИН", "Почтовый индекс", "Телефон", "СИК"]
    assert all(words in error.body["texts"][tag] for tag, words in MEANING.items())


async def test_flk_names_every_kind_of_fault_with_its_text_in_three_languages(country: RunningCountry) -> None:
    citizen = await country.citizen()
    form = {
        "iin": citizen.person.iin,
        "rnn": "12345678901x",
        "postal_index": "1600000",
        "phone": "   ",
        "sik": "0" * 17,
        "shoe_size": "43",
    }
    error = await refusal_of(citizen, form)
    assert faults(error) == {
        "rnn": "field-not-numeric",
        "postal_index": "field-too-long",
        "phone": "field-missing",
        "sik": "field-too-long",
        "shoe_size": "field-unknown",
    }
    for fault in error.body["fields"]:
        assert set(fault["texts"]) == {"ru", "kk", "en"}, fault
    sizes = {fault["key"]: fault["size"] for fault in error.body["fields"] if "size" in fault}
    assert sizes == {"postal_index": 6, "sik": 16}


@pytest.mark.parametrize(
    ("iin", "code"),
    [
        ("85010110002", "iin-length"),
        ("85010110002a", "iin-digits"),
        ("850101100023", "iin-check-digit"),
    ],
)
async def test_flk_says_what_is_wrong_with_the_number(country: RunningCountry, iin: str, code: str) -> None:
    citizen = await country.citizen()
    error = await refused(citizen.portal.draft_application(SERVICE, AUTHORITY, {**citizen.form, "iin": iin}))
    assert (error.status, error.code, faults(error)) == (422, "form-invalid", {"iin": code})
    assert set(error.body["fields"][0]["texts"]) == {"ru", "kk", "en"}
    assert iin not in json.dumps(error.body), "a number is not repeated"


async def test_form_for_somebody_else_is_refused_with_the_second_condition(country: RunningCountry) -> None:
    citizen = await country.citizen()
    document = json.loads(
        await citizen.portal.draft_application(SERVICE, AUTHORITY, {**citizen.form, "iin": OF_ANOTHER})
    )
    error = await refused(citizen.portal.submit_application(citizen.sign(json.dumps(document).encode())))
    assert (error.status, error.code, error.body["condition"]) == (403, "eds-iin-mismatch", "iin")
    assert (await refused(citizen.portal.get_application(document["application_id"]))).status == 404


async def test_document_for_somebody_else_is_refused_with_the_second_condition(country: RunningCountry) -> None:
    citizen = await country.citizen()
    document = {**json.loads(await citizen.draft()), "applicant": OF_ANOTHER}
    error = await refused(citizen.portal.submit_application(citizen.sign(json.dumps(document).encode())))
    assert (error.status, error.code, error.body["condition"]) == (403, "eds-iin-mismatch", "iin")
    assert (await refused(citizen.portal.get_application(document["application_id"]))).status == 404


async def test_service_for_children_is_not_given_for_somebody_grown_up(country: RunningCountry) -> None:
    citizen, garden = await country.citizen(), Way("KZ-YUZ.1", "portal", "main", is_granted=True)
    authority, iin = garden.passport.directories.departments[0].code, citizen.person.iin
    good = make_valid_form(garden.passport, iin, garden.channel)
    error = await refused(
        citizen.portal.draft_application(garden.regulation, authority, {**good, "child_iin": OF_ANOTHER})
    )
    assert (error.status, error.code) == (403, "not-entitled")
    assert (error.body["field"], error.body["under"], error.body["clause"]) == ("child_iin", 7, "п. 1")
    assert set(error.body["texts"]) == {"ru", "kk", "en"}
    assert OF_ANOTHER not in json.dumps(error.body), "a number is not repeated"
    document = json.loads(await citizen.portal.draft_application(garden.regulation, authority, good))
    document["fields"]["child_iin"] = OF_ANOTHER
    late = await refused(citizen.portal.submit_application(citizen.sign(json.dumps(document).encode())))
    assert (late.status, late.body) == (403, error.body)
    assert (await refused(citizen.portal.get_application(document["application_id"]))).status == 404
    wrong = await refused(
        citizen.portal.draft_application(garden.regulation, authority, {**good, "child_iin": "12"})
    )
    assert (wrong.code, faults(wrong)) == ("form-invalid", {"child_iin": "iin-length"})


async def test_form_that_is_published_agrees_with_its_control(country: RunningCountry) -> None:
    schema: Any = await country.portal().get_form(SERVICE)
    assert schema["required"] == ["iin", "postal_index", "phone", "sik"]
    assert {key: field["maxLength"] for key, field in schema["properties"].items()} == {
        "iin": 12,
        "rnn": 12,
        "postal_index": 6,
        "phone": 15,
        "sik": 16,
    }
    assert schema["additionalProperties"] is False
