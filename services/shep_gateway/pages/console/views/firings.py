"""What rules of faults did, as the pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.shep_gateway.pages.console.views.titles import short_title
from services.shep_gateway.sandbox.rule_rows import RuleFiringRow
from shared.web.page_sites import Page


def describe_firing(page: Page, row: RuleFiringRow) -> Mapping[str, Any]:
    """An occasion on which a rule did something: when, what, at which system, to what."""
    return {
        "at": row.at,
        "rule": row.rule_id,
        "title": page.say(f"rule-{row.kind}"),
        "system": short_title(page, row.system),
        "case": row.case_id,
        "subject": row.path or row.message_type or "",
    }
