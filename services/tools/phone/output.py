"""What the command prints: each step as it ends, and the report as JSON."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from shared.phone.steps import PhoneReport, StepOutcome, StepResult
from shared.phone.texts import explain_failure, list_findings, list_remarks, title_of_step

MARKS = {
    StepOutcome.PASSED: ("✓", "green"),
    StepOutcome.FAILED: ("✗", "red"),
    StepOutcome.NOT_REACHED: ("·", "dim"),
}


class StepPrinter:
    """Prints the steps in a language."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.console = Console()

    def show(self, result: StepResult) -> None:
        """Print one step, and why it failed."""
        mark, style = MARKS[result.outcome]
        line = Text.assemble((f"{mark} {result.step.value:<3} ", style), title_of_step(result, self.tag))
        facts = {key: value for key, value in result.facts.items() if value not in (None, "")}
        if result.outcome is StepOutcome.PASSED and facts:
            line.append("  " + "; ".join(f"{key}: {_tell(value)}" for key, value in facts.items()), style="dim")
        self.console.print(line, soft_wrap=True)
        if result.outcome is StepOutcome.FAILED:
            self.console.print(Text(f"      {result.code}: {explain_failure(result, self.tag)}", style="red"))
            for key, value in facts.items():
                self.console.print(Text(f"      {key}: {_tell(value)}"), soft_wrap=True)
        for remark in list_remarks(result, self.tag):
            self.console.print(Text(f"      ! {remark}", style="yellow"), soft_wrap=True)


def show_end(report: PhoneReport, tag: str) -> None:
    """Print what the mishap brought to light, and the second scan."""
    printer = StepPrinter(tag)
    if report.repeated is not None:
        printer.console.print()
        for result in report.repeated.steps:
            if result.outcome is not StepOutcome.NOT_REACHED:
                printer.show(result)
    if report.second_put is not None:
        printer.console.print(f"PUT 2: {report.second_put.status}")
    for sentence in list_findings(report, tag):
        printer.console.print(Text(f"✗ {sentence}", style="red"), soft_wrap=True)


def describe_report(report: PhoneReport, tag: str) -> dict[str, Any]:
    """The report as JSON values; the exchanges without their bytes."""
    failed = report.failed_step
    return {
        "mishap": report.mishap.value,
        "signed": report.is_signed,
        "asExpected": report.is_as_expected,
        "failedStep": failed.step.value if failed else None,
        "backUrl": report.back_url,
        "documents": list(report.documents),
        "findings": list(report.findings),
        "steps": [_describe_step(result, tag) for result in report.steps],
        "secondPut": report.second_put.status if report.second_put else None,
        "repeated": describe_report(report.repeated, tag) if report.repeated else None,
    }


def _describe_step(result: StepResult, tag: str) -> dict[str, Any]:
    is_failed = result.outcome is StepOutcome.FAILED
    exchange = result.exchange
    return {
        "step": result.step.value,
        "title": title_of_step(result, tag),
        "outcome": result.outcome.value,
        "code": result.code or None,
        "message": explain_failure(result, tag) if is_failed else None,
        "facts": dict(result.facts),
        "remarks": list(result.remarks),
        "exchange": exchange.summary if exchange else None,
    }


def _tell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
