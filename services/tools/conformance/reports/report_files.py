"""The folder of a report: JSON, and every exchange as it went over the wire."""

from __future__ import annotations

import json
from pathlib import Path

from services.tools.conformance.reports.figures import Json, describe_report, part_files
from services.tools.conformance.run import ConformanceReport

REPORT = "report.json"


def write_report(report: ConformanceReport, token: str, folder: Path) -> Json:
    """Write the report into a folder; returns its figures."""
    figures = describe_report(report, token)
    folder.mkdir(parents=True, exist_ok=True)
    for exchange in report.book.kept:
        for name, content in part_files(exchange, token).items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    (folder / REPORT).write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")
    return figures
