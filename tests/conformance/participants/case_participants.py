"""A register, a provider and a portal over httpx, which come through the REST door."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
from cryptography.exceptions import InvalidSignature

from services.tools.conformance.checks.cases.papers import iin_of
from services.tools.conformance.kit_keys import KitKeys
from services.tools.conformance.roles.samples import find_person, list_people
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import BusError
from shared.contracts.identifiers import check_iin
from shared.pki.cms import signed_data
from tests.conformance.participants.buggy import SeededBugs

MESSAGES = "/api/v1/messages"
Json = dict[str, Any]


@dataclass
class MailboxWorker:
    """What all three share: sending, and a mailbox that is worked off once for each message."""

    client: httpx.AsyncClient
    keys: KitKeys
    bugs: SeededBugs = field(default_factory=SeededBugs)
    verdicts: dict[str, Json] = field(default_factory=dict)

    async def work_off(self) -> None:
        for _ in range(10):
            mails = (await self.call("GET", MESSAGES, None)).json()
            if not isinstance(mails, list) or not mails:
                return
            for mail in mails:
                await self.work_on(mail)

    async def work_on(self, mail: Json) -> None:
        name = mail["message_id"]
        if name not in self.verdicts or self.bugs.has("not-once"):
            code = await self.handle(mail)
            self.verdicts.setdefault(name, {"status": "refused", "code": code} if code else {"status": "accepted"})
        await self.call("PUT", f"{MESSAGES}/{quote(name, safe='')}/delivery", self.verdicts[name])

    async def live(self) -> None:
        await self.work_off()

    async def handle(self, mail: Json) -> str:
        """Do what the message asks for; the code of a refusal, or ""."""
        raise NotImplementedError

    async def send(self, message: Json) -> None:
        await self.call("POST", MESSAGES, {"message_id": str(uuid4()), **message})

    async def call(self, method: str, path: str, value: Json | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys.token}", "Idempotency-Key": str(uuid4())}
        return await self.client.request(method, path, json=value, headers=headers)

    def now(self) -> str:
        return SystemClock().now().isoformat()


@dataclass
class RegisterParticipant(MailboxWorker):
    async def handle(self, mail: Json) -> str:
        has, iin = self.bugs.has, mail["content"]["data"]["iin"]
        if mail["content"]["contract"] != "person-query/1" and not has("takes-anything"):
            return "contract-unknown"
        data: Json = find_person(iin)
        try:
            check_iin(iin)
        except BusError as error:
            if not has("number-unchecked"):
                return error.code
            data = find_person(list_people()[0].iin)
        if data["person"] is None and has("silent-about-nobody"):
            data = {"person": {}}
        self.spoil(data)
        answer: Json = {
            "service_id": "another" if has("service-of-own") else mail["service_id"],
            "message_type": "UPDATE" if has("type-update") else "RESPONSE",
            "correlation_id": str(uuid4()) if has("chain-of-own") else mail["correlation_id"],
            "region": "KZ-AKM" if has("region-of-own") else mail["region"],
            "content": {"contract": "person/1" if has("contract-of-own") else "person-answer/1", "data": data},
        }
        if has("iin-in-property"):
            answer["properties"] = {"iin": iin}
        await self.send(answer)
        return "busy" if has("refuses-and-answers") else ""

    def spoil(self, data: Json) -> None:
        has, person = self.bugs.has, data["person"]
        if not person:
            return
        if has("person-exchanged"):
            data["person"] = find_person(list_people()[4].iin)["person"]
        if has("birth-with-time"):
            person["birthDate"] += "T00:00:00"
        if has("sex-number"):
            person["sex"] = "1"
        if has("field-missing"):
            del person["surname"]


@dataclass
class ProviderParticipant(MailboxWorker):
    number: int = 16

    async def handle(self, mail: Json) -> str:
        has, data = self.bugs.has, mail["content"]["data"]
        if data["regulation"] != "KZ-YUZ.3" and not has("any-regulation"):
            return "regulation-unknown"
        try:
            paper = self.check(data["document"])
        except (BusError, InvalidSignature, ValueError) as error:
            if not (has("signature-unchecked") and "signature" in str(getattr(error, "code", ""))):
                return "document-untrusted"
            return await self.execute(
                mail, {"application_id": mail["correlation_id"], "applicant": "850101100022"}
            )
        if has("refuses-good"):
            return "busy"
        return await self.execute(mail, paper)

    def check(self, document: str) -> Json:
        """The application, once «условие 2» holds."""
        has = self.bugs.has
        signed = signed_data.open_signed(base64.b64decode(document))
        signed.certificate.verify_directly_issued_by(self.keys.centre.issuing)
        if signed.certificate.not_valid_after_utc < SystemClock().now() and not has("expired-allowed"):
            raise ValueError("expired")
        paper: Json = json.loads(signed.content)
        if iin_of(signed.certificate) != paper["applicant"] and not has("any-signer"):
            raise ValueError("another signer")
        return paper

    async def execute(self, mail: Json, paper: Json) -> str:
        has = self.bugs.has
        self.number += 0 if has("one-number") else 1
        statuses = {"t3": "поступившие", "t7": "в работе", "t12": "завершение оказания услуги"}
        if has("status-of-own"):
            statuses = {"t3": "received", "t7": "working", "t12": "done"}
        steps = ["t7", "t3", "t12"] if has("steps-exchanged") else list(statuses)
        if has("goes-on-after-result"):
            steps = ["t3", "t12", "t7"]
        for step in steps:
            number = f"{self.number}-{step}" if has("number-changes") else str(self.number)
            data: Json = {"number": number, "status": statuses[step]}
            if step == "t12":
                data |= self.decide(paper, number)
                await self.report(mail, step, "RESPONSE", "result/1", data)
            else:
                data["authority"] = mail["content"]["data"]["authority"]
                await self.report(mail, step, "UPDATE", "status-changed/1", data)
        return ""

    def decide(self, paper: Json, number: str) -> Json:
        has = self.bugs.has
        output = {
            "document": "output",
            "application_id": str(uuid4()) if has("document-of-another") else paper["application_id"],
            "number": number,
            "regulation": "KZ-YUZ.3",
            "service": "Справка безработному",
            "authority": "Отдел занятости",
            "applicant": paper["applicant"],
            "outcome": "positive",
            "text": "Гражданин зарегистрирован как безработный",
            "issued_at": (SystemClock().now() + timedelta(days=1 if has("issued-tomorrow") else 0)).isoformat(),
        }
        signer = self.keys.people["citizen" if has("signed-by-citizen") else "employee"]
        cms = signed_data.sign(json.dumps(output).encode(), signer.key, signer.certificate, at=SystemClock().now())
        document = base64.b64encode(cms).decode()
        if has("document-unsigned"):
            document = base64.b64encode(json.dumps(output).encode()).decode()
        return {"outcome": "negative" if has("outcome-differs") else "positive", "document": document}

    async def report(self, mail: Json, step: str, kind: str, contract: str, data: Json) -> None:
        has = self.bugs.has
        moment = self.now()[:19] if has("step-without-zone") else self.now()
        by = "is_mio" if has("step-of-another") else self.keys.address
        properties = {"regulation": "KZ-YUZ.3", "channel": "portal", "step": step, "status-code": "other"}
        properties["status-code"] = {"t3": "received", "t7": "in-work", "t12": "completed"}[step]
        if has("code-wrong"):
            properties["status-code"] = "refused"
        if has("properties-missing"):
            properties = {}
        if has("property-step-differs"):
            properties["step"] = "t1"
        message: Json = {
            "service_id": "certificate" if has("service-of-own") else mail["service_id"],
            "message_type": "NOTIFICATION" if has("type-wrong") else kind,
            "correlation_id": str(uuid4()) if has("chain-of-own") else mail["correlation_id"],
            "region": "KZ-AKM" if has("region-wrong") else mail["region"],
            "properties": properties,
            "content": {
                "contract": contract,
                "data": {
                    "regulation": "KZ-YUZ.3",
                    "channel": "con" if has("channel-wrong") else "portal",
                    "step": step,
                    "steps": [{"step": step, "by": by, "at": moment}],
                    **data,
                },
            },
        }
        if has("field-unknown"):
            message["content"]["data"]["comment"] = "x"
        await self.send(message)


@dataclass
class PortalParticipant(MailboxWorker):
    cases: list[str] = field(default_factory=list)

    async def live(self) -> None:
        for _ in range(2):
            await self.apply()
        await self.work_off()

    async def apply(self) -> None:
        has, person = self.bugs.has, list_people()[0]
        case_id = self.cases[0] if (self.cases and has("case-reused")) else str(uuid4())
        self.cases.append(case_id)
        paper: Json = {
            "document": "application",
            "application_id": case_id,
            "regulation": "KZ-YUZ.3",
            "channel": "portal",
            "variant": "main",
            "region": "KZ-YUZ",
            "authority": "kz-yuz.employment.99" if has("authority-unknown") else "kz-yuz.employment.15",
            "applicant": list_people()[1].iin if has("applicant-exchanged") else person.iin,
            "representative": None,
            "fields": {} if has("form-empty") else self.fill(person.iin),
            "attachments": [],
            "made_at": "2026-11-30 10:00" if has("made-without-zone") else self.now(),
        }
        if has("paper-field-unknown"):
            paper["comment"] = "x"
        signer = self.keys.people["employee" if has("signed-by-employee") else "citizen"]
        cms = signed_data.sign(json.dumps(paper).encode(), signer.key, signer.certificate, at=SystemClock().now())
        document = cms if not has("cms-spoiled") else cms[:-3] + b"\x00\x00\x00"
        authority = "kz-yuz.employment.01" if has("authority-differs") else paper["authority"]
        data = {"authority": authority, "document": base64.b64encode(document).decode()}
        chain = str(uuid4()) if has("chain-of-own") else case_id
        for _ in range(2 if has("sent-twice") else 1):
            await self.tell(chain, "UPDATE" if has("type-update") else "REQUEST", "application/1", data)
        if not has("no-notice"):
            notice: Json = {"authority": authority, "step": "t1"}
            if has("notice-with-iin"):
                notice["number"] = person.iin
            await self.tell(case_id, "NOTIFICATION", "notice/1", notice)

    def fill(self, iin: str) -> Json:
        return {"iin": iin, "postal_index": "160000", "phone": "77252534177", "sik": "1234567890123456"}

    async def tell(self, chain: str, kind: str, contract: str, data: Json) -> None:
        has = self.bugs.has
        step = [] if has("steps-missing") else [{"step": "t1", "by": self.keys.address, "at": self.now()}]
        regulation, channel = "KZ-YUZ.3", "con" if has("channel-wrong") else "portal"
        message: Json = {
            "service_id": "certificate" if has("service-of-own") else "unemployment-certificate",
            "message_type": kind,
            "correlation_id": chain,
            "region": None if has("region-missing") else "KZ-YUZ",
            "properties": {
                "regulation": regulation,
                "channel": "portal",
                "step": "t2" if has("step-wrong") else "t1",
            },
            "content": {
                "contract": contract,
                "data": {"regulation": regulation, "channel": channel, "steps": step, **data},
            },
        }
        if has("data-field-unknown"):
            message["content"]["data"]["comment"] = "x"
        await self.send(message)

    async def handle(self, mail: Json) -> str:
        has = self.bugs.has
        if mail["correlation_id"] not in self.cases and not has("any-case"):
            return "case-unknown"
        data = mail["content"]["data"]
        if mail["content"]["contract"] == "result/1":
            return self.judge(mail["correlation_id"], data["document"])
        return "busy" if has("statuses-refused") else ""

    def judge(self, case_id: str, document: str) -> str:
        has = self.bugs.has
        if has("results-refused"):
            return "busy"
        try:
            signed = signed_data.open_signed(base64.b64decode(document))
        except BusError as error:
            return "" if has("result-unchecked") else error.code
        is_own = json.loads(signed.content)["application_id"] == case_id
        return "" if is_own or has("any-result") else "result-of-another"
