"""The nine steps of a signature by phone, the result of each, and the report of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.phone.mishaps import PhoneMishap


class PhoneStep(StrEnum):
    """The steps as their document counts them; the fifth has two parts."""

    SHOW_LINK = "1"
    OPEN_APP = "2"
    SCAN_LINK = "3"
    LOG_IN = "4"
    ASK_INVITATION = "5-1"
    ASK_DOCUMENTS = "5-2"
    SIGN_DOCUMENTS = "6"
    SEND_DOCUMENTS = "7"
    AWAIT_VERDICT = "8"
    SHOW_RESULT = "9"


class StepOutcome(StrEnum):
    """How a step ended; a step after a failed one is not reached."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True)
class PhoneExchange:
    """One request of the app and its answer; ``status`` is 0 where none came."""

    method: str
    url: str
    status: int = 0
    request: bytes = field(default=b"", repr=False)
    answer: bytes = field(default=b"", repr=False)

    @property
    def summary(self) -> dict[str, Any]:
        """Method, address and status, without the bytes."""
        return {"method": self.method, "url": self.url, "status": self.status}


@dataclass(frozen=True)
class StepResult:
    """How one step ended: the code of the failure, facts, and what the app forgives against its document."""

    step: PhoneStep
    outcome: StepOutcome
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    exchange: PhoneExchange | None = None


@dataclass(frozen=True)
class PhoneReport:
    """What came of one scan.

    ``findings`` are codes of what the server did wrong while a mishap was played (``wrong-person-accepted``);
    ``repeated`` is the report of the second scan, ``second_put`` the exchange of the repeated PUT.
    """

    mishap: PhoneMishap
    steps: tuple[StepResult, ...]
    findings: tuple[str, ...] = ()
    back_url: str | None = None
    documents: tuple[str, ...] = ()
    repeated: PhoneReport | None = None
    second_put: PhoneExchange | None = None

    @property
    def failed_step(self) -> StepResult | None:
        """The step that failed; None when all passed."""
        return next((step for step in self.steps if step.outcome is StepOutcome.FAILED), None)

    @property
    def is_signed(self) -> bool:
        """Whether the server took the signed documents."""
        return self.failed_step is None

    @property
    def is_as_expected(self) -> bool:
        """Whether the server did as the document asks: took good signatures, and what the mishap wants it to."""
        if self.mishap.ends_at is None:
            return self.is_signed and not self.findings
        failed = self.failed_step
        return not self.findings and failed is not None and failed.step.value == self.mishap.ends_at

    def get(self, step: PhoneStep) -> StepResult:
        """The result of a step."""
        return next(result for result in self.steps if result.step is step)
