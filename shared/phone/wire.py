"""The answers of API 1 and API 2, read as the app reads them: the first wrong field ends the scan."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from shared.bus.errors import Malformed

MOST_DOCUMENTS = 100
_DATE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([+-])(\d\d)(:?)(\d\d)|(Z))", re.ASCII
)
NAMES = ("nameRu", "nameKz", "nameEn")


class AuthType(StrEnum):
    """How the app proves itself at API 2."""

    NONE = "None"
    TOKEN = "Token"  # noqa: S105 - a word of the protocol
    EDS = "Eds"


class SignMethod(StrEnum):
    """What a signature is: an enveloped XML signature, a CMS with the document inside, or a CMS without it."""

    XML = "XML"
    CMS_WITH_DATA = "CMS_WITH_DATA"
    CMS_SIGN_ONLY = "CMS_SIGN_ONLY"


@dataclass(frozen=True)
class SigningInvitation:
    """The answer of API 1."""

    description: str
    expires_at: datetime
    organisation: Mapping[str, str]
    uri: str
    auth_type: AuthType
    auth_token: str | None = field(default=None, repr=False)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class OfferedDocument:
    """A document of API 2: its names, what the person reads of it, and the bytes to sign."""

    id: str
    names: Mapping[str, str]
    meta: tuple[tuple[str, str], ...]
    mime: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class DocumentSet:
    """The answer of API 2; ``raw`` is the whole JSON, which the PUT gives back with the signatures in it."""

    method: SignMethod
    documents: tuple[OfferedDocument, ...]
    raw: Mapping[str, Any] = field(repr=False)
    remarks: tuple[str, ...] = ()


def read_invitation(content: bytes) -> SigningInvitation:
    """API 1's answer; Malformed ``phone-answer-malformed`` with the field and why."""
    answer = _read_object(content)
    expires_at, remarks = read_expiry(_text(answer, "expiry_date"))
    organisation = _object(answer, "organisation")
    document = _object(answer, "document")
    auth_type = _word(AuthType, document, "auth_type", "document.auth_type")
    token = document.get("auth_token")
    if auth_type is AuthType.TOKEN:
        token = _text(document, "auth_token", "document.auth_token")
    return SigningInvitation(
        description=_text(answer, "description"),
        expires_at=expires_at,
        organisation={name: _text(organisation, name, f"organisation.{name}") for name in (*NAMES, "bin")},
        uri=_text(document, "uri", "document.uri"),
        auth_type=auth_type,
        auth_token=token if isinstance(token, str) else None,
        remarks=remarks,
    )


def read_expiry(text: str) -> tuple[datetime, tuple[str, ...]]:
    """The moment of an ``expiry_date``, and remarks on its form; Malformed ``phone-answer-malformed``.

    The document has an offset without a colon (``2022-09-29T16:21:37.06+0600``) and any number of fraction digits.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise _wrong("expiry_date", "is no moment such as 2022-09-29T16:21:37.06+0600")
    *day_and_time, fraction, sign, hours, colon, minutes, zulu = match.groups()
    offset = timedelta() if zulu else timedelta(hours=int(hours), minutes=int(minutes))
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        zone = timezone(-offset if sign == "-" else offset)
        year, month, day, hour, minute, second = map(int, day_and_time)
        moment = datetime(year, month, day, hour, minute, second, micros, tzinfo=zone)
    except ValueError:
        raise _wrong("expiry_date", "is no moment of the calendar") from None
    return moment, (("expiry-offset-form",) if colon or zulu else ())


def read_documents(content: bytes) -> DocumentSet:
    """API 2's answer; Malformed ``phone-answer-malformed`` with the field and why."""
    answer = _read_object(content)
    method = _word(SignMethod, answer, "signMethod", "signMethod")
    entries = answer.get("documentsToSign")
    if not isinstance(entries, list) or not entries:
        raise _wrong("documentsToSign", "is no list with a document")
    if len(entries) > MOST_DOCUMENTS:
        raise _wrong("documentsToSign", f"has more than {MOST_DOCUMENTS} documents")
    documents = tuple(_read_document(entry, place, method) for place, entry in enumerate(entries))
    ids = [document.id for document in documents]
    remarks = ("document-ids-repeated",) if len(set(ids)) != len(ids) else ()
    return DocumentSet(method, documents, answer, remarks)


def put_signatures(offered: DocumentSet, signatures: list[bytes]) -> bytes:
    """The JSON of the PUT: the answer of API 2 with each signature in the place of its original."""
    answer = json.loads(json.dumps(offered.raw))
    for entry, signature in zip(answer["documentsToSign"], signatures, strict=True):
        if offered.method is SignMethod.XML:
            entry["documentXml"] = signature.decode()
        else:
            entry["document"]["file"]["data"] = base64.b64encode(signature).decode()
    return json.dumps(answer, ensure_ascii=False).encode()


def _read_document(entry: Any, place: int, method: SignMethod) -> OfferedDocument:
    where = f"documentsToSign[{place}]"
    if not isinstance(entry, dict):
        raise _wrong(where, "is no object")
    identifier = entry.get("id")
    if isinstance(identifier, bool) or not isinstance(identifier, int | str) or identifier == "":
        raise _wrong(f"{where}.id", "is neither a number nor a text")
    names = {name: _text(entry, name, f"{where}.{name}") for name in NAMES}
    mime, content = _read_content(entry, where, method)
    return OfferedDocument(str(identifier), names, _read_meta(entry, where), mime, content)


def _read_content(entry: Mapping[str, Any], where: str, method: SignMethod) -> tuple[str, bytes]:
    if method is SignMethod.XML:
        return "", _text(entry, "documentXml", f"{where}.documentXml").encode()
    file = _object(_object(entry, "document", f"{where}.document"), "file", f"{where}.document.file")
    mime = file.get("mime")
    if not isinstance(mime, str):
        raise _wrong(f"{where}.document.file.mime", "is no text")
    data = _text(file, "data", f"{where}.document.file.data")
    try:
        return mime, base64.b64decode(data, validate=True)
    except ValueError:
        raise _wrong(f"{where}.document.file.data", "is no base64") from None


def _read_meta(entry: Mapping[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    meta = entry.get("meta") or []
    if not isinstance(meta, list) or not all(isinstance(line, dict) for line in meta):
        raise _wrong(f"{where}.meta", "is no list of names and values")
    return tuple((_text(line, "name", f"{where}.meta.name"), str(line.get("value", ""))) for line in meta)


def _read_object(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        raise _wrong("", "is no JSON") from None
    if not isinstance(answer, dict):
        raise _wrong("", "is no JSON object")
    return answer


def _object(holder: Mapping[str, Any], name: str, where: str | None = None) -> dict[str, Any]:
    value = holder.get(name)
    if not isinstance(value, dict):
        raise _wrong(where or name, "is missing, or no object")
    return value


def _text(holder: Mapping[str, Any], name: str, where: str | None = None) -> str:
    value = holder.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(where or name, "is missing, or no text")
    return value


def _word(words: Any, holder: Mapping[str, Any], name: str, where: str) -> Any:
    value = _text(holder, name, where)
    if value not in list(words):
        raise _wrong(where, f"is {value[:40]!r}, not one of {', '.join(words)}")
    return words(value)


def _wrong(where: str, why: str) -> Malformed:
    message = f"{where or 'the answer'} {why}"
    return Malformed("phone-answer-malformed", message, field=where, why=why)
