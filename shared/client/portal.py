"""A citizen at the portal."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.client.http import HttpClient
from shared.client.people import CertifiedPerson

if TYPE_CHECKING:
    from shared.client.models import portal_pep

SignDocument = Callable[[bytes, datetime], bytes]


class PortalClient(HttpClient):
    """The portal's API, one method for each call; the portal's OpenAPI document describes the answers."""

    async def register_citizen(self, iin: str, password: str) -> portal_pep.CitizenAccountView:
        body = {"iin": iin, "password": password}
        view: portal_pep.CitizenAccountView = await self.post("/api/v1/registration", body)
        return view

    async def log_in(self, iin: str, password: str) -> str:
        """Log in; later calls use the session's token, which is returned."""
        answer = await self.post("/api/v1/login", {"iin": iin, "password": password})
        self.set_token(answer["token"])
        return str(answer["token"])

    async def list_services(self, region: str | None = None) -> list[portal_pep.CatalogueServiceView]:
        view: list[portal_pep.CatalogueServiceView] = await self.get("/api/v1/services", region=region)
        return view

    async def get_form(self, service: str) -> portal_pep.FormSchema:
        view: portal_pep.FormSchema = await self.get(f"/api/v1/services/{service}/form")
        return view

    async def list_authorities(self, service: str) -> list[portal_pep.DepartmentView]:
        view: list[portal_pep.DepartmentView] = await self.get(f"/api/v1/services/{service}/authorities")
        return view

    async def draft_application(
        self, service: str, authority: str, fields: Mapping[str, str], variant: str | None = None
    ) -> bytes:
        """The document to sign, checked by format-logic control (ФЛК); ``variant`` is needed where the act has
        several.
        """
        body = {"authority": authority, "fields": dict(fields), "variant": variant}
        return (await self.call("POST", f"/api/v1/services/{service}/draft", json=body)).content

    async def submit_application(
        self, cms: bytes, outcome: str | None = None
    ) -> portal_pep.CabinetApplicationView:
        """Submit a signed application; in the sandbox ``outcome`` orders what becomes of it, as ``never``."""
        headers = {} if outcome is None else {"X-Sandbox-Outcome": outcome}
        body = {"cms": b64encode(cms).decode()}
        answer = await self.call("POST", "/api/v1/applications", json=body, headers=headers)
        view: portal_pep.CabinetApplicationView = answer.json()
        return view

    async def apply_for_service(
        self,
        citizen: CertifiedPerson,
        service: str,
        authority: str,
        fields: Mapping[str, str],
        variant: str | None = None,
    ) -> portal_pep.CabinetApplicationView:
        """Draft, sign and submit an application."""
        document = await self.draft_application(service, authority, fields, variant)
        made_at = datetime.fromisoformat(json.loads(document)["made_at"]).astimezone(UTC)
        return await self.submit_application(citizen.sign(document, made_at))

    async def get_history(self) -> list[portal_pep.CabinetApplicationView]:
        view: list[portal_pep.CabinetApplicationView] = await self.get("/api/v1/history")
        return view

    async def list_notifications(self, after: int = 0) -> list[portal_pep.CabinetNotificationView]:
        view: list[portal_pep.CabinetNotificationView] = await self.get("/api/v1/notifications", after=after)
        return view

    async def get_application(self, case_id: str) -> portal_pep.CabinetApplicationView:
        view: portal_pep.CabinetApplicationView = await self.get(f"/api/v1/applications/{case_id}")
        return view

    async def list_steps(self, case_id: str) -> list[portal_pep.ApplicationStepView]:
        view: list[portal_pep.ApplicationStepView] = await self.get(f"/api/v1/applications/{case_id}/steps")
        return view

    async def get_open_question(self, case_id: str) -> list[portal_pep.CitizenQuestionView]:
        """The questions that the citizen can answer now."""
        view: list[portal_pep.CitizenQuestionView] = await self.get(f"/api/v1/applications/{case_id}/asked")
        return view

    async def answer_question(
        self, case_id: str, step: str, answer: str | None = None, text: str | None = None
    ) -> portal_pep.CabinetApplicationView:
        """Answer a question: one of the given answers, or a text."""
        body = {"answer": answer, "text": text}
        path = f"/api/v1/applications/{case_id}/steps/{step}"
        view: portal_pep.CabinetApplicationView = await self.post(path, body)
        return view

    async def send_papers(
        self, case_id: str, step: str, attachments: Sequence[Mapping[str, str]], sign: SignDocument
    ) -> portal_pep.CabinetApplicationView:
        """Send the documents for which a step waits; ``sign`` makes the CMS of a document at a moment."""
        path = f"/api/v1/applications/{case_id}/steps/{step}"
        document = (await self.call("POST", f"{path}/draft", json={"attachments": list(attachments)})).content
        made_at = datetime.fromisoformat(json.loads(document)["made_at"]).astimezone(UTC)
        body = {"answer": "received", "cms": b64encode(sign(document, made_at)).decode()}
        view: portal_pep.CabinetApplicationView = await self.post(path, body)
        return view

    async def get_output(self, case_id: str) -> portal_pep.CabinetOutputView:
        view: portal_pep.CabinetOutputView = await self.get(f"/api/v1/applications/{case_id}/output")
        return view

    async def get_output_cms(self, case_id: str, form: str = "signed") -> bytes:
        return await self.get_document_cms(case_id, "output", form)

    async def get_document_cms(self, case_id: str, kind: str, form: str = "signed") -> bytes:
        """The CMS of the ``application`` or the ``output``; ``form`` is ``signed`` or the long-term form
        ``cades-t``.
        """
        path = f"/api/v1/applications/{case_id}/{kind}.cms"
        return (await self.call("GET", path, params={"form": form})).content

    async def get_evidence(self, case_id: str) -> list[portal_pep.DocumentEvidenceView]:
        path = f"/api/v1/applications/{case_id}/evidence"
        view: list[portal_pep.DocumentEvidenceView] = await self.get(path)
        return view

    async def get_output_pdf(self, case_id: str) -> bytes:
        """The output document as PDF."""
        return (await self.call("GET", f"/api/v1/applications/{case_id}/output.pdf")).content

    async def answer_questionnaire(self, case_id: str, answers: Mapping[int, int]) -> None:
        await self.post(f"/api/v1/applications/{case_id}/questionnaire", dict(answers))

    async def follow_events(self, case_id: str, after: int = 0) -> AsyncIterator[Any]:
        """The changes of an application, as they happen."""
        headers = {"Last-Event-ID": str(after)}
        async with self.stream(f"/api/v1/applications/{case_id}/events", headers) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))
