"""The texts of the phone: its steps, its refusals, its remarks and findings."""

from __future__ import annotations

from shared.phone.steps import PhoneReport, StepResult
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__)


def title_of_step(result: StepResult, tag: str) -> str:
    """What happens at a step."""
    return TEXTS[f"phone-step-{result.step.value}"][tag]


def explain_failure(result: StepResult, tag: str) -> str:
    """Why a step failed, in a sentence; a code of another part (``xml-malformed``) is told by its own message."""
    known = TEXTS.get(result.code)
    return known[tag] if known else str(result.facts.get("reason", result.code))


def list_remarks(result: StepResult, tag: str) -> list[str]:
    """What is not as the document has it though the app goes on."""
    return [TEXTS[f"phone-remark-{code}"][tag] for code in result.remarks]


def list_findings(report: PhoneReport, tag: str) -> list[str]:
    """What the server did wrong while a mishap was played."""
    return [TEXTS[f"phone-finding-{code}"][tag] for code in report.findings]
