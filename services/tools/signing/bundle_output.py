"""The output of ``egov-bus verify`` for an evidence bundle, for people or as JSON."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.tools.signing.output import MARK_SIGNS
from services.tools.signing.texts import BUNDLE_TEXTS, TEXTS
from shared.evidence.bundle_check import BundleVerdict


def show_bundle_verdict(verdict: BundleVerdict, language: str, *, as_json: bool) -> None:
    """Show every check with its mark; then the fault, or the case; a warning where the root came from inside."""
    if as_json:
        print(json.dumps(_collect_facts(verdict), ensure_ascii=False))  # noqa: T201
        return
    table = Table(box=None, show_header=False)
    for check, mark in verdict.marks.items():
        sign, style = MARK_SIGNS[mark]
        table.add_row(
            Text(sign, style), BUNDLE_TEXTS[check][language], Text(TEXTS[f"mark-{mark}"][language], "dim")
        )
    console = Console()
    console.print(table)
    if verdict.fault is not None:
        console.print(Text(f"{BUNDLE_TEXTS['broken'][language]}: {verdict.fault}", "red"), soft_wrap=True)
        return
    summary = f"{BUNDLE_TEXTS['holds'][language]}: {verdict.case_id}, {verdict.messages}"
    console.print(Text(summary, "green"), soft_wrap=True)
    console.print(Text(f"{TEXTS['stamped'][language]}: {verdict.stamped_at:%Y-%m-%d %H:%M:%S} UTC"))
    if verdict.has_own_root:
        console.print(Text(BUNDLE_TEXTS["own-root"][language], "yellow"), soft_wrap=True)


def _collect_facts(verdict: BundleVerdict) -> dict[str, Any]:
    return {
        "holds": verdict.is_valid,
        "checks": {check.value: mark.value for check, mark in verdict.marks.items()},
        "fault": verdict.fault and {"where": verdict.fault.where, "why": verdict.fault.why},
        "case_id": verdict.case_id,
        "messages": verdict.messages,
        "stamped_at": verdict.stamped_at and verdict.stamped_at.isoformat(),
        "root": "bundle" if verdict.has_own_root else "given",
    }
