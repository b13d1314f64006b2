"""An employee at the workplace of a system: the cases, and the steps that the employee takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.tools.testing.waiting import PATIENCE_SECONDS, CallRunner, wait_until
from shared.client import WorkplaceClient

REASON = "refused by the test"
REFUSING_ANSWERS = frozenset({"refused", "unmet", "incomplete"})
"""The answers of the acts' steps that refuse."""


@dataclass(repr=False)
class SandboxEmployee:
    """An employee with a signing key, logged in."""

    iin: str
    role: str
    authority: str
    client: WorkplaceClient
    """The asynchronous client, for what is not offered here."""
    runner: CallRunner

    def list_cases(self) -> list[Any]:
        """The cases of this employee's office."""
        return list(self.runner.run(self.client.list_cases()))

    def wait_for_case(self, case_id: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The case once the employee's list has it."""
        rows = wait_until(
            self.list_cases,
            lambda rows: any(row["correlation_id"] == case_id for row in rows),
            f"case {case_id} in the list of {self.role}",
            seconds,
        )
        return dict(next(row for row in rows if row["correlation_id"] == case_id))

    def list_steps(self, case_id: str) -> list[Any]:
        """The steps of the case that can be taken now; ``roles`` says by whom, ``is_here`` whether here."""
        return list(self.runner.run(self.client.get(f"/api/v1/cases/{case_id}/todo")))

    def take_step(self, case_id: str, step: str, answer: str | None = None, **fields: Any) -> dict[str, Any]:
        """Take one step, with an answer where the step asks; the case afterwards."""
        body = {"answer": answer, **fields} if answer else fields
        return dict(self.runner.run(self.client.post(f"/api/v1/cases/{case_id}/steps/{step}", body)))

    def take_next_step(
        self, case_id: str, *, grants: bool = True, seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """Take the next step that waits for this employee's role, granting or refusing where the step asks;
        returns the step. StillWaiting where none comes.
        """

        def find_own_steps() -> list[Any]:
            return [step for step in self.list_steps(case_id) if step["is_here"] and self.role in step["roles"]]

        self.wait_for_case(case_id, seconds)
        step = dict(wait_until(find_own_steps, bool, f"a step of {self.role}", seconds)[0])
        self.take_step(case_id, step["step"], **_choose_answer(step["choose"], grants=grants))
        return step

    def decide(self, case_id: str, *, grants: bool = True, reason: str = REASON) -> dict[str, Any]:
        """Accept the case, decide and sign at once, where the act has one employee for all of it."""
        self.wait_for_case(case_id)
        self.runner.run(self.client.accept_case(case_id))
        outcome = "positive" if grants else "negative"
        reasons = (None, None) if grants else (reason, reason)
        self.runner.run(self.client.decide_case(case_id, outcome, *reasons))
        return dict(self.runner.run(self.client.sign_decision(case_id)))


def _choose_answer(choices: list[str], *, grants: bool) -> dict[str, Any]:
    if not choices:
        return {}
    refusal = next((choice for choice in choices if choice in REFUSING_ANSWERS), None)
    if grants or refusal is None:
        return {"answer": next((choice for choice in choices if choice not in REFUSING_ANSWERS), refusal)}
    papers = {"missing": [REASON]} if refusal == "incomplete" else {}
    return {"answer": refusal, "reason": REASON, "reason_kk": REASON, **papers}
