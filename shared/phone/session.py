"""One scan, from the link to the result: the app and its person against a server of two endpoints."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from shared.bus.errors import BusError, Refused
from shared.phone import signing, wire
from shared.phone.links import PhoneApp, PhoneLink, read_link
from shared.phone.mishaps import PhoneMishap
from shared.phone.network import PhoneNetwork, PhoneRequest
from shared.phone.signing import PhoneOwner
from shared.phone.steps import PhoneExchange, PhoneReport, PhoneStep, StepOutcome, StepResult
from shared.phone.wire import AuthType, DocumentSet, SigningInvitation

JSON_HEADERS: Final = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
SLOW_PIECES: Final = 8
LONGEST_TOLD: Final = 500
"""Characters of a server's own message in a report."""


@dataclass(frozen=True)
class PhoneSettings:
    """How the phone behaves: which app it is, what goes wrong, how long a slow person takes (seconds)."""

    app: PhoneApp = PhoneApp.MOBILE
    mishap: PhoneMishap = PhoneMishap.NONE
    delay: float = 5.0


class StepFailed(Exception):
    """The scan ends at this step."""

    def __init__(self, result: StepResult) -> None:
        super().__init__(result.code)
        self.result = result


@dataclass
class PhoneSession:
    """An app with its person, and what it has seen of one link; `run` plays the scan.

    ``owner`` signs; ``stranger`` is the other person of the mishap ``wrong-person``. ``now`` is the phone's clock.
    ``watch`` is told each step as it ends.
    """

    owner: PhoneOwner
    network: PhoneNetwork
    now: Callable[[], datetime]
    settings: PhoneSettings = PhoneSettings()
    stranger: PhoneOwner | None = None
    watch: Callable[[StepResult], None] = lambda result: None
    _results: list[StepResult] = field(default_factory=list)

    async def run(self, text: str) -> PhoneReport:
        """Play one scan of a link or of the text of a QR code; never raises for what a server does wrong."""
        documents: tuple[str, ...] = ()
        back_url, second_put, repeated = None, None, None
        try:
            link = self._open_link(text)
            invitation = await self._ask_invitation(link)
            offered = await self._ask_documents(invitation)
            documents = tuple(document.names["nameRu"] for document in offered.documents)
            body = await self._sign(offered)
            request = self._compose_put(invitation, body)
            put = await self._send_documents(request)
            back_url = self._read_verdict(put)
            self._pass(PhoneStep.SHOW_RESULT, backUrl=back_url)
            second_put, repeated = await self._follow_up(text, request)
        except StepFailed as failure:
            self._add(failure.result)
        report = PhoneReport(
            self.settings.mishap,
            self._fill_up(),
            (),
            back_url,
            documents,
            repeated=repeated,
            second_put=second_put,
        )
        return replace(report, findings=find_faults(report))

    def _open_link(self, text: str) -> PhoneLink:
        try:
            link = read_link(text)
        except BusError as error:
            raise self._fail(PhoneStep.SHOW_LINK, error) from None
        self._pass(PhoneStep.SHOW_LINK, url=link.url)
        if link.app not in (None, self.settings.app):
            other_app = Refused("phone-app-other", "the link opens the other app", app=str(link.app))
            raise self._fail(PhoneStep.OPEN_APP, other_app)
        self._pass(PhoneStep.OPEN_APP, app=self.settings.app.value)
        self._pass(PhoneStep.SCAN_LINK)
        if self.settings.app is PhoneApp.BUSINESS and self.owner.bin is None:
            no_organisation = Refused("phone-owner-without-bin", "eGov Business needs a key of an organisation")
            raise self._fail(PhoneStep.LOG_IN, no_organisation)
        self._pass(PhoneStep.LOG_IN, person=self.owner.name)
        return link

    async def _ask_invitation(self, link: PhoneLink) -> SigningInvitation:
        step = PhoneStep.ASK_INVITATION
        exchange = None
        try:
            self._check_domain(link.url)
            exchange = await self.network.call(PhoneRequest("GET", link.url, {"Accept": "application/json"}))
            _require_success(exchange)
            invitation = wire.read_invitation(exchange.answer)
            self._check_term(invitation)
        except BusError as error:
            raise self._fail(step, error, exchange) from None
        self._pass(
            step,
            invitation.remarks,
            exchange,
            description=invitation.description,
            organisation=invitation.organisation["nameRu"],
            authType=invitation.auth_type.value,
        )
        return invitation

    def _check_domain(self, url: str) -> None:
        network = self.network
        if self.settings.mishap is PhoneMishap.DOMAIN_NOT_ALLOWED:
            network = replace(network, domains=frozenset())
        network.check_domain(url)

    def _check_term(self, invitation: SigningInvitation) -> None:
        now = self.now()
        if self.settings.mishap is PhoneMishap.EXPIRED:
            now = max(now, invitation.expires_at + timedelta(seconds=1))
        if invitation.expires_at <= now:
            until = invitation.expires_at.isoformat()
            raise Refused("phone-link-expired", "the term of the link is over", until=until)

    async def _ask_documents(self, invitation: SigningInvitation) -> DocumentSet:
        step = PhoneStep.ASK_DOCUMENTS
        exchange = None
        try:
            self._check_domain(invitation.uri)
            exchange = await self.network.call(self._compose_question(invitation))
            _require_success(exchange)
            offered = wire.read_documents(exchange.answer)
        except BusError as error:
            raise self._fail(step, error, exchange) from None
        self._pass(
            step, offered.remarks, exchange, signMethod=offered.method.value, documents=len(offered.documents)
        )
        return offered

    def _compose_question(self, invitation: SigningInvitation) -> PhoneRequest:
        headers = {"Accept": "application/json", **_authorization(invitation)}
        if invitation.auth_type is not AuthType.EDS:
            return PhoneRequest("GET", invitation.uri, headers)
        body = signing.compose_eds_request(invitation.uri, self.owner)
        return PhoneRequest("POST", invitation.uri, {**headers, "Content-Type": "application/xml"}, body)

    async def _sign(self, offered: DocumentSet) -> bytes:
        step, mishap = PhoneStep.SIGN_DOCUMENTS, self.settings.mishap
        try:
            if mishap is PhoneMishap.DECLINED:
                raise Refused("phone-declined", "the person declines to sign")
            if mishap is PhoneMishap.SLOW:
                await asyncio.sleep(self.settings.delay / 2)
            signer = self.owner
            if mishap is PhoneMishap.WRONG_PERSON:
                if self.stranger is None:
                    raise Refused("phone-stranger-missing", "there is no other person who could sign")
                signer = self.stranger
            at = max(self.now(), signer.sign_entry.certificate.not_valid_before_utc)
            signatures = await asyncio.to_thread(signing.sign_documents, offered, signer, at)
        except BusError as error:
            raise self._fail(step, error) from None
        if mishap is PhoneMishap.SIGNATURE_SPOILED:
            signatures = signing.spoil_signatures(offered.method, signatures)
        self._pass(
            step, person=signer.name, documents=[document.names["nameRu"] for document in offered.documents]
        )
        return wire.put_signatures(offered, signatures)

    def _compose_put(self, invitation: SigningInvitation, body: bytes) -> PhoneRequest:
        headers = {**JSON_HEADERS, **_authorization(invitation)}
        if self.settings.mishap is PhoneMishap.SLOW:
            pause = self.settings.delay / 2 / SLOW_PIECES
            return PhoneRequest("PUT", invitation.uri, headers, body, SLOW_PIECES, pause)
        return PhoneRequest("PUT", invitation.uri, headers, body)

    async def _send_documents(self, request: PhoneRequest) -> PhoneExchange:
        step = PhoneStep.SEND_DOCUMENTS
        try:
            if self.settings.mishap is PhoneMishap.KILLED:
                raise Refused("phone-killed", "the app was killed between the signature and the PUT")
            exchange = await self.network.call(request)
        except BusError as error:
            raise self._fail(step, error) from None
        self._pass(step, (), exchange, bytes=len(request.body))
        return exchange

    def _read_verdict(self, exchange: PhoneExchange) -> str | None:
        step = PhoneStep.AWAIT_VERDICT
        try:
            if exchange.status == 403:
                message = _read_message(exchange.answer)
                remark = () if message else ("refusal-without-message",)
                error = Refused("phone-signature-refused", "the server refuses the signature", answer=message)
                raise self._fail(step, error, exchange, remark)
            _require_success(exchange)
        except BusError as error:
            raise self._fail(step, error, exchange) from None
        self._pass(step, (), exchange)
        return _read_back_url(exchange.answer)

    async def _follow_up(
        self, text: str, request: PhoneRequest
    ) -> tuple[PhoneExchange | None, PhoneReport | None]:
        """What a mishap does after the end: the PUT once more, or the whole scan."""
        if self.settings.mishap is PhoneMishap.PUT_REPEATED:
            try:
                return await self.network.call(request), None
            except BusError:
                return PhoneExchange(request.method, request.url), None
        if self.settings.mishap is PhoneMishap.SCANNED_TWICE:
            settings = replace(self.settings, mishap=PhoneMishap.NONE)
            again = PhoneSession(self.owner, self.network, self.now, settings)
            return None, await again.run(text)
        return None, None

    def _pass(
        self, step: PhoneStep, remarks: tuple[str, ...] = (), exchange: PhoneExchange | None = None, **facts: Any
    ) -> None:
        self._add(StepResult(step, StepOutcome.PASSED, "", facts, remarks, exchange))

    def _fail(
        self,
        step: PhoneStep,
        error: BusError,
        exchange: PhoneExchange | None = None,
        remarks: tuple[str, ...] = (),
    ) -> StepFailed:
        facts = {"reason": error.message, **error.details}
        return StepFailed(StepResult(step, StepOutcome.FAILED, error.code, facts, remarks, exchange))

    def _add(self, result: StepResult) -> None:
        self._results.append(result)
        self.watch(result)

    def _fill_up(self) -> tuple[StepResult, ...]:
        reached = {result.step for result in self._results}
        later = (StepResult(step, StepOutcome.NOT_REACHED) for step in PhoneStep if step not in reached)
        return (*self._results, *later)


def find_faults(report: PhoneReport) -> tuple[str, ...]:
    """What the server did wrong while a mishap was played."""
    mishap = report.mishap
    if mishap is PhoneMishap.WRONG_PERSON and report.is_signed:
        return ("wrong-person-accepted",)
    if mishap is PhoneMishap.SIGNATURE_SPOILED and report.is_signed:
        return ("spoiled-signature-accepted",)
    failed = report.failed_step
    if mishap.ends_at == "8" and failed is not None and failed.code == "phone-status":
        return ("refusal-not-403",)
    if report.repeated is not None and report.repeated.is_signed:
        return ("second-scan-accepted",)
    if report.second_put is not None and (report.second_put.status == 0 or report.second_put.status >= 500):
        return ("second-put-failed",)
    return ()


def _authorization(invitation: SigningInvitation) -> Mapping[str, str]:
    if invitation.auth_type is not AuthType.TOKEN:
        return {}
    return {"Authorization": f"Bearer {invitation.auth_token}"}


def _require_success(exchange: PhoneExchange) -> None:
    """Refused ``phone-status`` for an answer other than 200, with the server's own message."""
    if exchange.status != 200:
        message = _read_message(exchange.answer)
        reason = f"the server answers {exchange.status}"
        raise Refused("phone-status", reason, status=exchange.status, answer=message)


def _read_message(answer: bytes) -> str:
    """The server's own ``message``, else the beginning of its answer."""
    text = answer[: LONGEST_TOLD * 4].decode("utf-8", "replace")
    try:
        content = json.loads(answer)
    except (ValueError, RecursionError):
        return text[:LONGEST_TOLD]
    message = content.get("message") if isinstance(content, dict) else content
    return str(message if message is not None else text)[:LONGEST_TOLD]


def _read_back_url(answer: bytes) -> str | None:
    try:
        content = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    back_url = content.get("backUrl") if isinstance(content, dict) else None
    return back_url if isinstance(back_url, str) else None
