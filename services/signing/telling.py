"""What the person at the screen sees, or a program reads (--json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from shared.client.keystore import KeyEntry
from shared.pki.check import signer_info


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
