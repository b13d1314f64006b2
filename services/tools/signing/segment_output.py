"""The output of ``egov-bus verify`` for segments of the journal, for people or as JSON."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.tools.signing.texts import SEGMENT_TEXTS
from shared.evidence.archived_segment import ArchiveVerdict


def show_segments(verdict: ArchiveVerdict, language: str, *, as_json: bool) -> None:
    """Show each segment that holds, then the first fault or the sum."""
    if as_json:
        print(json.dumps(_collect_facts(verdict), ensure_ascii=False))  # noqa: T201
        return
    table = Table(box=None)
    for column in ("first", "last", "stamped"):
        table.add_column(SEGMENT_TEXTS[column][language])
    for proof in verdict.proofs:
        table.add_row(str(proof.head.first), str(proof.head.last), f"{proof.stamped_at:%Y-%m-%d %H:%M:%S} UTC")
    console = Console()
    if verdict.proofs:
        console.print(table)
    if verdict.fault is None:
        console.print(Text(f"{SEGMENT_TEXTS['holds'][language]}: {verdict.entries}", "green"), soft_wrap=True)
        return
    reason = SEGMENT_TEXTS[verdict.fault.code][language]
    place = "" if verdict.fault.n is None else f" ({SEGMENT_TEXTS['entry'][language]} {verdict.fault.n})"
    console.print(Text(f"{verdict.file}: {reason}{place}", "red"), soft_wrap=True)


def _collect_facts(verdict: ArchiveVerdict) -> dict[str, Any]:
    fault = verdict.fault
    return {
        "holds": fault is None,
        "entries": verdict.entries,
        "segments": [
            {
                "first": proof.head.first,
                "last": proof.head.last,
                "previous": proof.head.previous,
                "head": proof.head.head,
                "stamped_at": proof.stamped_at.isoformat(),
            }
            for proof in verdict.proofs
        ],
        "fault": fault and {"file": verdict.file, "code": fault.code, "n": fault.n},
    }
