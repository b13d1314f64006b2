"""What a client of SyncChannel must do with consents, tokens and the answers of ШЭП."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from services.tools.conformance.checks.message_rules import is_iin
from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import CheckBook, JudgedExchange, RunTrace, judge
from shared.bus.errors import BusError
from shared.contracts.identifiers import check_bin
from shared.contracts.registers import KDP_SERVICE, TOKEN_PERSON_SERVICE

checks = CheckBook()
Judged = Iterator[JudgedExchange]

KNOWN_SERVICES = (KDP_SERVICE, TOKEN_PERSON_SERVICE)
UUID = re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?")
LONGEST_REGISTER_ID = 36
MOST_REPEATS = 3


def _of_service(trace: RunTrace, service: str) -> list[KeptExchange]:
    return [call for call in trace.book.select("sync") if call.facts.get("service") == service]


def _consents(trace: RunTrace) -> list[KeptExchange]:
    return _of_service(trace, KDP_SERVICE)


def _questions(trace: RunTrace) -> list[KeptExchange]:
    return _of_service(trace, TOKEN_PERSON_SERVICE)


def _text(call: KeptExchange, name: str) -> str:
    return (call.request.text_of(name) or "").strip()


@checks.judges("SYNC-01")
def _check_service(trace: RunTrace) -> Judged:
    for call in trace.book.select("sync"):
        value = call.facts.get("service")
        yield judge(call, value in KNOWN_SERVICES, "serviceId", ", ".join(KNOWN_SERVICES), value)


@checks.judges("SYNC-02")
def _check_new_id(trace: RunTrace) -> Judged:
    observed: set[str] = set()
    for call in trace.book.select("sync"):
        for element in call.request.find_all("requestInfo")[:1]:
            value = (element.findtext("{*}messageId") or "").strip()
            yield judge(call, bool(value) and value not in observed, "requestInfo/messageId", "a new one", value)
            observed.add(value)


@checks.judges("SYNC-03")
def _check_uuid(trace: RunTrace) -> Judged:
    for call in trace.book.select("sync"):
        value = _text(call, "messageId")
        yield judge(call, bool(UUID.fullmatch(value)), "messageId", "UUID", value)


@checks.judges("SYNC-04")
def _check_iin(trace: RunTrace) -> Judged:
    for call in _consents(trace):
        yield judge(call, is_iin(_text(call, "uin")), "uin", "ИИН", _text(call, "uin"))


@checks.judges("SYNC-05")
def _check_bin(trace: RunTrace) -> Judged:
    for call in _consents(trace):
        yield judge(call, _is_bin(_text(call, "company_bin")), "company_bin", "БИН", _text(call, "company_bin"))


def _is_bin(text: str) -> bool:
    try:
        check_bin(text)
    except BusError:
        return False
    return True


@checks.judges("SYNC-06")
def _check_access(trace: RunTrace) -> Judged:
    for call in _consents(trace):
        value = _text(call, "access_name")
        yield judge(call, value == TOKEN_PERSON_SERVICE, "access_name", TOKEN_PERSON_SERVICE, value)


@checks.judges("SYNC-07")
def _check_expiry(trace: RunTrace) -> Judged:
    for call in _consents(trace):
        value = _text(call, "expiresIn")
        yield judge(call, value.isdigit() and int(value) > 0, "expiresIn", "ms", value)


@checks.judges("SYNC-08")
def _check_sms(trace: RunTrace) -> Judged:
    for call in _consents(trace):
        value = _text(call, "omit-sms")
        yield judge(call, value in ("true", "false"), "omit-sms", "true, false", value)


@checks.judges("SYNC-09")
def _check_token_signature(trace: RunTrace) -> Judged:
    for call in _consents(trace):
        is_valid = _is_signed(_text(call, "ovt"), trace.keys.participant.certificate.public_key())
        yield judge(call, is_valid, "ovt", "JWT RS256", _text(call, "ovt")[:40])


def _is_signed(token: str, key: object) -> bool:
    head, _, signature = token.rpartition(".")
    if not isinstance(key, rsa.RSAPublicKey) or _claims(token.split(".")[0]).get("alg") != "RS256":
        return False
    try:
        key.verify(_decode(signature), head.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _claims(part: str) -> dict[str, Any]:
    try:
        claims = json.loads(_decode(part))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _token_claims(call: KeptExchange) -> dict[str, Any]:
    parts = _text(call, "ovt").split(".")
    return _claims(parts[1]) if len(parts) == 3 else {}


@checks.judges("SYNC-10")
def _check_claims(trace: RunTrace) -> Judged:
    for call in _consents(trace):
        claims = _token_claims(call)
        is_kept = {"cbin", "mcheck", "iat", "exp"} <= set(claims) and claims["exp"] > claims["iat"]
        yield judge(call, is_kept, "ovt", "cbin, mcheck, iat < exp", claims)


@checks.judges("SYNC-11")
def _check_asker(trace: RunTrace) -> Judged:
    for call in _consents(trace):
        cbin = _token_claims(call).get("cbin")
        yield judge(call, cbin == _text(call, "company_bin"), "ovt/cbin", _text(call, "company_bin"), cbin)


@checks.judges("SYNC-12")
def _check_stripped_token(trace: RunTrace) -> Judged:
    for call in _questions(trace):
        value = str(call.facts.get("token"))
        yield judge(call, value == value.strip(), "kdpToken", value.strip(), repr(value))


@checks.judges("SYNC-13")
def _check_stripped_key(trace: RunTrace) -> Judged:
    for call in _questions(trace):
        value = call.request.text_of("publicKey") or ""
        yield judge(call, bool(value) and value == value.strip(), "publicKey", value.strip(), repr(value))


@checks.judges("SYNC-14")
def _check_consent_first(trace: RunTrace) -> Judged:
    for call in _questions(trace):
        is_kept = bool(call.facts.get("kind"))
        yield judge(call, is_kept, "kdpToken", "the code of a consent", call.facts.get("token"))


def _check_distrust(trace: RunTrace, kind: str) -> Judged:
    offered = [call for call in _consents(trace) if call.facts.get("kind") == kind]
    used = [call for call in _questions(trace) if call.facts.get("kind") == kind]
    for call in offered[:1]:
        yield judge(used[0] if used else call, not used, "kdpToken", "not used", kind)


@checks.judges("SYNC-15")
def _check_unsigned(trace: RunTrace) -> Judged:
    return _check_distrust(trace, "unsigned")


@checks.judges("SYNC-16")
def _check_foreign(trace: RunTrace) -> Judged:
    return _check_distrust(trace, "foreign")


@checks.judges("SYNC-17")
def _check_tampered(trace: RunTrace) -> Judged:
    return _check_distrust(trace, "tampered")


@checks.judges("SYNC-18")
def _check_refusal(trace: RunTrace) -> Judged:
    counts = Counter(_text(call, "messageId") for call in _consents(trace))
    for call in trace.book.select("sync", probe="refused"):
        count = counts[_text(call, "messageId")]
        yield judge(call, count == 1, "SCSE001", "1 call", count)


@checks.judges("SYNC-19")
def _check_fault(trace: RunTrace) -> Judged:
    counts = Counter(_text(call, "messageId") for call in _consents(trace))
    for call in trace.book.select("sync", probe="fault"):
        count = counts[_text(call, "messageId")]
        yield judge(call, count <= MOST_REPEATS, "HTTP 500", f"≤ {MOST_REPEATS} calls", count)


@checks.judges("SYNC-20")
def _check_same_person(trace: RunTrace) -> Judged:
    agreed = {_text(call, "uin") for call in _consents(trace)}
    for call in _questions(trace):
        yield judge(call, _text(call, "iin") in agreed, "iin", "who agreed", _text(call, "iin"))


@checks.judges("SYNC-21")
def _check_register_id(trace: RunTrace) -> Judged:
    for call in _questions(trace):
        for element in call.request.find_all("data")[:1]:
            value = (element.findtext(".//{*}messageId") or "").strip()
            yield judge(call, 1 <= len(value) <= LONGEST_REGISTER_ID, "data/messageId", "1…36", value)
