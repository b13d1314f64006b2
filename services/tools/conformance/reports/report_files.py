"""The folder of a report: JSON, pages in three languages, JUnit, a signature, and every exchange as it went."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from services.tools.conformance.reports.comparison import compare_reports
from services.tools.conformance.reports.figures import Json, describe_report, part_files
from services.tools.conformance.reports.junit import render_junit
from services.tools.conformance.reports.report_page import page_name, render_page
from services.tools.conformance.run import ConformanceReport
from services.tools.signing.signatures import add_timestamp, sign_cms
from shared.client.keystore import KeyEntry
from shared.texts.catalog import LANGUAGES

REPORT, JUNIT, SIGNATURE = "report.json", "junit.xml", "report.json.p7s"


def write_report(report: ConformanceReport, token: str, folder: Path, earlier: Json | None = None) -> Json:
    """Write the report into a folder; returns its figures. ``earlier`` are the figures of the run before."""
    figures = describe_report(report, token)
    if earlier is not None:
        figures["comparison"] = compare_reports(earlier, figures)
    folder.mkdir(parents=True, exist_ok=True)
    for exchange in report.book.kept:
        for name, content in part_files(exchange, token).items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    (folder / REPORT).write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / JUNIT).write_bytes(render_junit(figures))
    for language in LANGUAGES:
        (folder / page_name(language)).write_text(render_page(figures, language), encoding="utf-8")
    return figures


def sign_report(folder: Path, entry: KeyEntry, at: datetime) -> Path:
    """Sign the report of a folder: a detached CAdES signature, which covers the digests of all exchanges."""
    path = folder / SIGNATURE
    path.write_bytes(sign_cms((folder / REPORT).read_bytes(), entry, at, is_detached=True))
    return path


async def stamp_report(folder: Path, nuc_url: str, at: datetime) -> None:
    """Add a time-stamp of НУЦ to the signature of a report; Unavailable ``tsa-silent``, ``tsa-refused``."""
    path = folder / SIGNATURE
    path.write_bytes(await add_timestamp(path.read_bytes(), nuc_url, at))
