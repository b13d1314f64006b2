"""The alert rules and the dashboard ask for nothing that the systems do not tell."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.http.readiness import list_gauges
from shared.bus.runtime.service_runtime import Runtime
from tests.bus.kit import Company
from tests.docs_commands import ROOT

FOLDER = ROOT / "docs" / "how-to" / "metrics"
NAME = re.compile(r"\b(?:egov|process)_[a-z_]+")
SUFFIXES = ("_bucket", "_count", "_sum", "_total")


def list_told(runtime: Runtime) -> set[str]:
    """Every name under which a system's metrics can be asked."""
    text = runtime.metrics.write_text(list_gauges(runtime, {"disk-low": False}, ()))
    families = {family.name for family in text_string_to_metric_families(text)}
    return {name + suffix for name in families for suffix in ("", *SUFFIXES)} | {"egov_http_requests_under_way"}


async def test_rules_and_dashboard_ask_only_for_metrics_of_the_systems(tmp_path: Path) -> None:
    company = Company(tmp_path, EmbeddedTransport())
    told = list_told(company.made("desk").runtime)
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    panels = json.loads((FOLDER / "grafana.json").read_text(encoding="utf-8"))["panels"]
    questions = [rule["expr"] for rule in rules]
    questions += [target["expr"] for panel in panels for target in panel["targets"]]
    asked = {name for question in questions for name in NAME.findall(question)}
    assert len(asked) > 10
    assert asked - told == set()
