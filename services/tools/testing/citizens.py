"""A citizen at the portal, and the applications that the citizen files."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from services.tools.testing.waiting import PATIENCE_SECONDS, CallRunner, wait_until
from shared.client import CertifiedPerson, PortalClient
from shared.contracts.population import SyntheticPerson
from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.passport_book import PassportBook

_FIRST_PHONE = 87_250_000_000


@dataclass(repr=False)
class SandboxCitizen:
    """A synthetic person with ЭЦП and an account, logged in at the portal."""

    person: SyntheticPerson
    signer: CertifiedPerson
    client: PortalClient
    """The asynchronous client, for what is not offered here."""
    runner: CallRunner
    _phones: count[int] = field(default_factory=lambda: count(_FIRST_PHONE))

    @property
    def iin(self) -> str:
        return self.person.iin

    def apply(
        self, service: str, *, authority: str | None = None, variant: str | None = None, **fields: str
    ) -> CitizenCase:
        """Fill in the form, sign it and file it.

        ``service`` is the id of a regulation («KZ-YUZ.3»). Without ``authority`` the first one of the service
        takes the application. ``fields`` replace values of the form, whose other fields have a valid example; the
        telephone is new each time, because an equal open application is refused. ApiError as the portal answers.
        """
        if authority is None:
            authority = self.runner.run(self.client.list_authorities(service))[0]["code"]
        passport = PassportBook.load().get_passport(service)
        form = make_valid_form(passport, self.iin, **{"phone": str(next(self._phones)), **fields})
        filed = self.runner.run(
            self.client.apply_for_service(self.signer, service, authority, form, variant or passport.variants[0])
        )
        return CitizenCase(str(filed["id"]), self)

    def list_history(self) -> list[Any]:
        """«История получения услуг»."""
        return list(self.runner.run(self.client.get_history()))

    def list_notifications(self) -> list[Any]:
        """«Уведомления», the newest first."""
        return list(self.runner.run(self.client.list_notifications()))


@dataclass(frozen=True)
class CitizenCase:
    """An application as its citizen sees it."""

    id: str
    citizen: SandboxCitizen = field(repr=False)

    @property
    def view(self) -> dict[str, Any]:
        """The application as the cabinet shows it now."""
        return dict(self.citizen.runner.run(self.citizen.client.get_application(self.id)))

    @property
    def status(self) -> str:
        """The act's words for the present status."""
        return str(self.view["status"])

    @property
    def outcome(self) -> str | None:
        """``positive``, ``negative``, or None while the service is not completed."""
        outcome = self.view["outcome"]
        return None if outcome is None else str(outcome)

    def wait_for_status(self, status: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The application once it has this status (the act's words, as «в работе»)."""
        return wait_until(lambda: self.view, lambda view: view["status"] == status, f"status {status}", seconds)

    def wait_until_completed(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The application once it is granted or refused."""
        return wait_until(lambda: self.view, lambda view: view["outcome"] is not None, "a completion", seconds)

    def list_steps(self) -> list[Any]:
        """The steps of the regulation that are done, as far as the portal knows."""
        return list(self.citizen.runner.run(self.citizen.client.list_steps(self.id)))

    def wait_for_question(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The first question that the citizen is asked: ``step``, ``text``, ``choose``, ``papers``."""
        questions = wait_until(self._list_questions, bool, "a question", seconds)
        return dict(questions[0])

    def _list_questions(self) -> list[Any]:
        return list(self.citizen.runner.run(self.citizen.client.get_open_question(self.id)))

    def answer(self, step: str, answer: str | None = None, text: str | None = None) -> None:
        """Answer a question by one of its choices or by a text."""
        self.citizen.runner.run(self.citizen.client.answer_question(self.id, step, answer, text))

    def send_papers(self, step: str, *attachments: dict[str, str]) -> None:
        """Sign and send the documents for which a step waits (``name``, ``media_type``, ``content`` in base64)."""
        client, signer = self.citizen.client, self.citizen.signer
        self.citizen.runner.run(client.send_papers(self.id, step, attachments, signer.sign))

    def download_result(self) -> bytes:
        """The result's PDF."""
        return self.citizen.runner.run(self.citizen.client.get_output_pdf(self.id))

    def download_signed_result(self) -> bytes:
        """The result as its employee signed it (CMS)."""
        return self.citizen.runner.run(self.citizen.client.get_output_cms(self.id))
