"""What the person at the screen sees, or a program reads (--json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.tools.signing.texts import CONDITIONS, MARKS, SIGNER, STAMPED
from services.tools.signing.verify_command import Judged
from shared.client.keystore import KeyEntry
from shared.pki.verification.check import signer_info
from shared.pki.verification.verdict import Mark

_SIGNS = {
    Mark.HELD: ("✓", "green"),
    Mark.FAILED: ("✗", "red"),
    Mark.NOT_ASKED: ("–", "dim"),
    Mark.NOT_REACHED: ("–", "dim"),
}


def certified(entry: KeyEntry, paths: dict[str, Path], *, as_json: bool) -> None:
    """Whose certificate it is, until when, and where the files are."""
    told = _owner(entry) | {name: str(path) for name, path in paths.items()}
    _tell(told, as_json=as_json)


def signed(entry: KeyEntry, path: Path, size: int, *, as_json: bool) -> None:
    """Who signed, and where the signature is."""
    _tell(_owner(entry) | {"signature": str(path), "bytes": size}, as_json=as_json)


def _owner(entry: KeyEntry) -> dict[str, Any]:
    return {
        "owner": signer_info(entry.certificate).common_name,
        "serial": f"{entry.certificate.serial_number:x}",
        "valid_until": entry.certificate.not_valid_after_utc.isoformat(),
    }


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201
        return
    table = Table(box=None, show_header=False)
    for name, value in told.items():
        table.add_row(name.replace("_", " "), str(value))
    Console().print(table, soft_wrap=True)


def judged(told: Judged, language: str, *, as_json: bool) -> None:
    """Every condition with its mark, the reason when one failed, and who signed when none did."""
    if as_json:
        print(json.dumps(_facts(told), ensure_ascii=False))  # noqa: T201
        return
    table = Table(box=None, show_header=False)
    for condition, mark in told.marks.items():
        sign, style = _SIGNS[mark]
        table.add_row(Text(sign, style), CONDITIONS[condition][language], Text(MARKS[mark][language], "dim"))
    console = Console()
    console.print(table)
    console.print(Text(f"{told.texts[language]} ({told.code})", "green" if told.holds else "red"), soft_wrap=True)
    if told.signer is not None:
        organisation = f", {told.signer.organisation}" if told.signer.organisation else ""
        console.print(Text(f"{SIGNER[language]}: {told.signer.common_name}{organisation}"), soft_wrap=True)
    if told.stamped_at is not None:
        console.print(Text(f"{STAMPED[language]}: {told.stamped_at:%Y-%m-%d %H:%M:%S} UTC"))


def _facts(told: Judged) -> dict[str, Any]:
    """Without the ИИН, which whoever asks knows."""
    facts: dict[str, Any] = {
        "holds": told.holds,
        "code": told.code,
        "conditions": {condition.value: mark.value for condition, mark in told.marks.items()},
        "texts": told.texts,
    }
    if told.signer is not None:
        facts["signer"] = {"name": told.signer.common_name, "organisation": told.signer.organisation}
    if told.standing is not None:
        facts["revocation_told_by"] = told.standing.how.value
    if told.stamped_at is not None:
        facts["stamped_at"] = told.stamped_at.isoformat()
    return facts
