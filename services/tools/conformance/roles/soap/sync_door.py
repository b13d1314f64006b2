"""SyncChannel as a client meets ШЭП: consents of КДП and the register behind them, with answers of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import uuid4

from services.tools.conformance.judging import RunTrace
from services.tools.conformance.roles.samples import list_people
from services.tools.conformance.roles.soap.soap_envelopes import (
    DONE,
    KDP,
    NOTHING_FOUND,
    SYNC_TYPES,
    XML,
    sign_envelope,
    write_fault,
    write_sync_answer,
)
from services.tools.conformance.serving import KitAnswer, ServedCall
from shared.contracts.registers import KDP_SERVICE, TOKEN_PERSON_SERVICE

PATH = "/bip-sync-wss-gost/"
SEND_MESSAGE = "SendMessage"
PERSISTENCE = "http://message.persistence.interactive.nat"
KINDS = ("granted", "unsigned", "foreign", "tampered", "refused", "fault")
"""What becomes of the first, the second … consent; those behind the last are granted."""


@dataclass
class SyncDoor:
    """The script: six consents, of which the first and the later ones are granted; each granted one leads to a
    question to the register.
    """

    trace: RunTrace
    consents: int = 0
    codes: dict[str, str] = field(default_factory=dict)
    """The codes that the kit gave out, with the kind of the answer."""

    tasks: ClassVar = ("six-consents", "ask-by-token")

    @property
    def is_done(self) -> bool:
        """Whether there were as many consents as kinds of answers, and the register was asked."""
        has_asked = any(item.facts.get("service") == TOKEN_PERSON_SERVICE for item in self.trace.book.kept)
        return self.consents >= len(KINDS) and has_asked

    def answer_call(self, call: ServedCall) -> KitAnswer:
        """The answer of ШЭП, in the kind that is due."""
        service = (call.part.text_of("serviceId") or "").strip()
        message_id = str(uuid4())
        if not call.path.startswith(PATH.rstrip("/")) or call.method != "POST" or call.part.body_child() is None:
            return self._answer(_fault("SCE001", "bad format"), 500, {"service": service})
        if service == KDP_SERVICE:
            return self._answer_consent(message_id)
        if service == TOKEN_PERSON_SERVICE:
            return self._answer_register(call, message_id)
        return self._answer(_fault("SCE004", "no such service"), 500, {"service": service})

    def _answer_consent(self, message_id: str) -> KitAnswer:
        kind = KINDS[self.consents] if self.consents < len(KINDS) else "granted"
        self.consents += 1
        code, keys = f"code-{uuid4()}", self.trace.keys
        facts: dict[str, Any] = {"service": KDP_SERVICE, "kind": kind}
        if kind == "fault":
            return self._answer(_fault("SCE909", "internal", is_clients=False), 500, facts, kind)
        if kind == "refused":
            refusal = write_sync_answer(message_id, NOTHING_FOUND, "the citizen has not agreed")
            return self._answer(refusal, 200, facts, kind)
        self.codes[code] = kind
        data = (
            f'<kdp:code xmlns:kdp="{KDP}">\n  {code}\n </kdp:code>'
            f'<kdp:public-key xmlns:kdp="{KDP}">\n  key-of-{code}\n </kdp:public-key>'
        )
        plain = write_sync_answer(message_id, DONE, "Message has been processed successfully", data)
        if kind == "unsigned":
            return KitAnswer(SEND_MESSAGE, 200, plain, XML, probe=kind, facts=facts)
        signed = sign_envelope(plain, keys.stranger if kind == "foreign" else keys.gateway)
        if kind == "tampered":
            signed = signed.replace(code.encode(), (other := f"code-{uuid4()}").encode())
            self.codes[other] = kind
        return KitAnswer(SEND_MESSAGE, 200, signed, XML, probe=kind, facts=facts)

    def _answer_register(self, call: ServedCall, message_id: str) -> KitAnswer:
        raw = call.part.text_of("kdpToken") or ""
        kind = self.codes.get(raw.strip(), "")
        facts = {"service": TOKEN_PERSON_SERVICE, "token": raw, "kind": kind}
        iin = (call.part.text_of("iin") or "").strip()
        person = next((item for item in list_people() if item.iin == iin), None)
        if kind != "granted" or person is None:
            answer = write_sync_answer(message_id, NOTHING_FOUND, "no such consent")
            return self._answer(answer, 200, facts, "asked")
        data = (
            f'<r:response xmlns:r="{PERSISTENCE}"><messageResult><code>00000</code></messageResult>'
            f"<persons><person><iin>{iin}</iin><surname>{person.surname}</surname><name>{person.name}</name></person></persons>"
            "</r:response>"
        )
        return self._answer(write_sync_answer(message_id, DONE, "ok", data), 200, facts, "asked")

    def _answer(self, envelope: bytes, status: int, facts: Mapping[str, Any], probe: str = "") -> KitAnswer:
        signed = sign_envelope(envelope, self.trace.keys.gateway)
        return KitAnswer(SEND_MESSAGE, status, signed, XML, probe=probe, facts=facts)


def _fault(code: str, message: str, *, is_clients: bool = True) -> bytes:
    return write_fault(SYNC_TYPES, SEND_MESSAGE, code, message, is_clients=is_clients)
