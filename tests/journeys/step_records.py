"""What people write down in the steps for which the act gives a record."""

from __future__ import annotations

from typing import Any

from shared.client import WorkplaceClient

WORDS = {
    "findings": "Семья из пяти человек, доход ниже черты бедности",
    "grounds": "Документы полные, квота не исчерпана",
    "courier": "Сериков Арман",
}


def fill_record(todo: Any, applicant: str, bar_code: str | None = None) -> dict[str, Any]:
    """The record of a step as a member of a request; empty where the act has none."""
    form = todo.get("record")
    if not form or not form["fields"]:
        return {}
    recipient = applicant if form["recipient"] == "applicant" else "Работник центра Ахметова С."
    values = {**WORDS, "recipient": recipient, "bar-code": bar_code or ""}
    fields = {
        field["code"]: field["choices"][0]["code"] if field["choices"] else values[field["code"]]
        for field in form["fields"]
    }
    return {"record": {"fields": fields}}


async def read_bar_code(desk: WorkplaceClient, case: str) -> str | None:
    """The bar code that is printed on the register of a case; None where there is no register."""
    papers = await desk.get(f"/api/v1/cases/{case}/receipts")
    return next((paper["bar_code"] for paper in papers if paper["bar_code"]), None)
