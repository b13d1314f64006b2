"""The output of the commands, for people or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.tools.signing.texts import TEXTS
from services.tools.signing.verify_command import FileVerdict
from shared.client.keystore import KeyEntry
from shared.pki.verification.check import signer_info
from shared.pki.verification.verdict import ConditionMark

MARK_SIGNS = {
    ConditionMark.HELD: ("✓", "green"),
    ConditionMark.FAILED: ("✗", "red"),
    ConditionMark.NOT_ASKED: ("–", "dim"),
    ConditionMark.NOT_REACHED: ("–", "dim"),
}


def show_certificate(entry: KeyEntry, paths: dict[str, Path], *, as_json: bool) -> None:
    """Show the owner and the term of a certificate, and the written files."""
    facts = _describe_owner(entry) | {name: str(path) for name, path in paths.items()}
    _show_facts(facts, as_json=as_json)


def show_signature(entry: KeyEntry, path: Path, size: int, *, as_json: bool) -> None:
    """Show the signer and the written signature."""
    _show_facts(_describe_owner(entry) | {"signature": str(path), "bytes": size}, as_json=as_json)


def _describe_owner(entry: KeyEntry) -> dict[str, Any]:
    return {
        "owner": signer_info(entry.certificate).common_name,
        "serial": f"{entry.certificate.serial_number:x}",
        "valid_until": entry.certificate.not_valid_after_utc.isoformat(),
    }


def _show_facts(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))  # noqa: T201
        return
    table = Table(box=None, show_header=False)
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), str(value))
    Console().print(table, soft_wrap=True)


def show_verdict(verdict: FileVerdict, language: str, *, as_json: bool) -> None:
    """Show every condition with its mark; then the reason of a failure, or the signer."""
    if as_json:
        print(json.dumps(_collect_facts(verdict), ensure_ascii=False))  # noqa: T201
        return
    table = Table(box=None, show_header=False)
    for condition, mark in verdict.marks.items():
        sign, style = MARK_SIGNS[mark]
        condition_text, mark_text = TEXTS[f"condition-{condition}"][language], TEXTS[f"mark-{mark}"][language]
        table.add_row(Text(sign, style), condition_text, Text(mark_text, "dim"))
    console = Console()
    console.print(table)
    console.print(
        Text(f"{verdict.texts[language]} ({verdict.code})", "green" if verdict.is_valid else "red"), soft_wrap=True
    )
    if verdict.signer is not None:
        organisation = f", {verdict.signer.organisation}" if verdict.signer.organisation else ""
        console.print(
            Text(f"{TEXTS['signer'][language]}: {verdict.signer.common_name}{organisation}"), soft_wrap=True
        )
    if verdict.stamped_at is not None:
        console.print(Text(f"{TEXTS['stamped'][language]}: {verdict.stamped_at:%Y-%m-%d %H:%M:%S} UTC"))


def _collect_facts(verdict: FileVerdict) -> dict[str, Any]:
    """The verdict as JSON values, without the ИИН, which the caller knows."""
    facts: dict[str, Any] = {
        "holds": verdict.is_valid,
        "code": verdict.code,
        "conditions": {condition.value: mark.value for condition, mark in verdict.marks.items()},
        "texts": verdict.texts,
    }
    if verdict.signer is not None:
        facts["signer"] = {"name": verdict.signer.common_name, "organisation": verdict.signer.organisation}
    if verdict.standing is not None:
        facts["revocation_told_by"] = verdict.standing.origin.value
    if verdict.stamped_at is not None:
        facts["stamped_at"] = verdict.stamped_at.isoformat()
    return facts
