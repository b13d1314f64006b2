"""A report as JSON values: what the pages, JUnit and the comparison of two runs are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import ConformanceOutcome, RequirementResult
from services.tools.conformance.run import ConformanceReport
from shared.bus.errors import Malformed

FORM = "egov-bus-conformance/1"
EXCHANGES = "exchanges"
MASK = "•••"
Json = dict[str, Any]


def describe_report(report: ConformanceReport, token: str) -> Json:
    """The report; ``token`` is masked wherever it stands."""
    return {
        "form": FORM,
        "role": report.role,
        "participant": report.participant,
        "began_at": report.began_at.isoformat(),
        "seconds": round(report.waited, 3),
        "end": report.end.value,
        "is_conforming": report.is_conforming,
        "is_complete": report.is_complete,
        "outcomes": {outcome.value: report.count(outcome) for outcome in ConformanceOutcome},
        "relies_on_assumptions": len(report.assumptions),
        "faults_in_force": list(report.faults),
        "requirements": [_describe_result(result) for result in report.results],
        "exchanges": [_describe_exchange(exchange, token) for exchange in report.book.kept],
    }


def _describe_result(result: RequirementResult) -> Json:
    requirement = result.requirement
    return {
        "id": requirement.id,
        "group": requirement.group,
        "title": dict(requirement.title),
        "source": requirement.source,
        "certainty": requirement.certainty.value,
        "need": "must" if requirement.is_must else "should",
        "outcome": result.outcome.value,
        "detail": result.detail,
        "why_untested": None if requirement.untested is None else dict(requirement.untested),
        "exchanges": [item.number for item in result.judged],
        "faults": [
            {"exchange": item.number, "place": item.place, "expected": item.expected, "seen": item.observed}
            for item in result.faults
        ],
    }


def part_files(exchange: KeptExchange, token: str) -> Mapping[str, bytes]:
    """The files of an exchange by their names."""
    name = f"{exchange.number:04d}"
    secret, mask = token.encode(), MASK.encode()
    return {
        f"{EXCHANGES}/{name}-request.txt": exchange.request.to_bytes().replace(secret, mask),
        f"{EXCHANGES}/{name}-response.txt": exchange.response.to_bytes().replace(secret, mask),
    }


def _describe_exchange(exchange: KeptExchange, token: str) -> Json:
    return {
        "number": exchange.number,
        "door": exchange.door,
        "operation": exchange.operation,
        "probe": exchange.probe,
        "began_at": exchange.began_at.isoformat(),
        "seconds": round(exchange.seconds, 4),
        "status": exchange.status,
        "files": {name: sha256(content).hexdigest() for name, content in part_files(exchange, token).items()},
    }


def read_figures(path: Path) -> Json:
    """The report in a file, or in a folder with one; Malformed ``conformance-report``."""
    file = path / "report.json" if path.is_dir() else path
    try:
        figures: Json = json.loads(file.read_text(encoding="utf-8"))
        if figures["form"] == FORM:
            return figures
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise Malformed("conformance-report", f"{path} holds no report of egov-bus conformance")
