"""What a refusal says is told in the language of its reader: at the window, on paper, in the cabinet, at work."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from lxml import etree

from tests.journeys.centre import Centre
from tests.journeys.kit import AUTHORITY, EMPLOYEE_PASSWORD, RunningCountry, eventually
from tests.pages.kit.translated import untranslated_texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

TYPED = "удостоверение личности"
"""The paper as the operator typed it."""
MISSING = {
    "ru": f"не представлены документы: {TYPED}",
    "kk": f"құжаттар ұсынылмаған: {TYPED}",
    "en": f"documents were not given: {TYPED}",
}


async def open_page(country: RunningCountry, instance: str, iin: str, path: str, tag: str) -> str:
    """A page as an employee reads it in a language."""
    credentials = {"iin": iin, "password": EMPLOYEE_PASSWORD}
    token = (await country.answer(instance, "POST", "/api/v1/login", json=credentials)).json()["token"]
    async with httpx.AsyncClient(base_url=country.url(instance), cookies={f"egov-{instance}": token}) as reader:
        return (await reader.get(path, params={"lang": tag})).text


async def test_refusal_for_missing_papers_is_told_in_each_language_at_the_window(country: RunningCountry) -> None:
    centre = await Centre.of(country, "KZ-AKM.12")
    case = await centre.takes_in(country.stranger().iin, missing=[TYPED])
    assert {tag: case[f"reason_{tag}" if tag != "ru" else "reason"] for tag in MISSING} == MISSING
    staff = await country.operator("is_con").get("/api/v1/employees", limit=1000)
    iin = next(row["iin"] for row in staff if (row["authority"], row["role"]) == (case["place"], "centre-worker"))
    for path in (f"/visits/{case['correlation_id']}", f"/cases/{case['correlation_id']}"):
        pages = {tag: await open_page(country, "is_con", iin, path, tag) for tag in MISSING}
        for tag, reason in MISSING.items():
            assert reason in str(etree.HTML(pages[tag]).xpath("string()")), (path, tag)
            assert untranslated_texts(pages[tag], pages["ru"], tag) == [] or tag == "ru", path


async def test_receipts_of_a_visit_are_kazakh_in_every_line_on_the_kazakh_page(country: RunningCountry) -> None:
    for how, missing in ((("KZ-AKM.3", "provider"), []), (("KZ-AKM.2", "con"), [TYPED])):
        centre = await Centre.of(country, *how)
        case = await centre.takes_in(country.stranger().iin, missing=missing)
        receipts = await centre.about(case["correlation_id"], "receipts")
        assert receipts
        for receipt in receipts:
            path = f"/api/v1/receipts/{receipt['number']}/page"
            kazakh, russian = [
                (await country.answer(centre.instance, "GET", path, params={"lang": tag})).text
                for tag in ("kk", "ru")
            ]
            assert set(untranslated_texts(kazakh, russian, "kk")) <= {TYPED}, receipt["kind"]


async def test_reasoned_refusal_reaches_the_cabinet_in_both_languages(
    country: RunningCountry,
) -> None:
    citizen, clerk = await country.citizen(), await country.clerk(AUTHORITY)
    case = await citizen.apply()
    await country.arrived(case)
    await clerk.accept_case(case)
    reason, reason_kk = "Срок действия документов истёк", "Құжаттардың қолданылу мерзімі өткен"
    await clerk.decide_case(case, "negative", reason, reason_kk)
    await clerk.sign_decision(case)

    async def look() -> Any:
        return await citizen.portal.get_application(case)

    row = await eventually(look, lambda found: found["outcome"] is not None)
    assert (row["reason"], row["reason_kk"], row["reason_en"]) == (reason, reason_kk, None)
