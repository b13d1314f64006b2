"""The server's side: what API 1 and API 2 answer, and what a PUT brings back, as the document has them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.bus.errors import Malformed
from shared.bus.http.requests.plain_input import RequestModel
from shared.phone.wire import MOST_DOCUMENTS, AuthType, SignMethod

LONGEST_WORDS = 4_000
LONGEST_DATA = 24 * 1024 * 1024
"""The characters of a document in base64; the body of a request has a smaller bound of its own."""
PhoneText = Annotated[str, Field(max_length=LONGEST_WORDS)]
PhoneData = Annotated[str, Field(max_length=LONGEST_DATA)]
PhoneNumber = Annotated[int, Field(ge=0, le=2**31 - 1)]
LINK_SECONDS = 180
"""How long a link is good."""


class PhoneServerView(RequestModel):
    """A part of the answers of API 1 and API 2; what is not known is ignored."""

    model_config = ConfigDict(extra="ignore")


class PhoneCamelView(PhoneServerView):
    """A part whose names are in camel case."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class PhoneOrganisationView(PhoneCamelView):
    """Who asks for the signature."""

    name_ru: str
    name_kz: str
    name_en: str
    bin: str


class PhoneDocumentPlaceView(PhoneServerView):
    """Where the documents are, and how the app proves itself there."""

    uri: str
    auth_type: AuthType
    auth_token: str | None = None


class SigningInvitationView(PhoneServerView):
    """The answer of API 1."""

    description: str
    expiry_date: str
    organisation: PhoneOrganisationView
    document: PhoneDocumentPlaceView


class PhoneFileView(PhoneServerView):
    """The bytes of a document, or the signature that takes their place."""

    mime: PhoneText = ""
    data: PhoneData


class PhoneFileHolderView(PhoneServerView):
    """The holder of a file."""

    file: PhoneFileView


class PhoneMetaView(PhoneServerView):
    """What the person reads of a document before signing."""

    name: PhoneText
    value: PhoneText


class OfferedDocumentView(PhoneCamelView):
    """A document to sign."""

    id: PhoneNumber | PhoneText
    name_ru: PhoneText
    name_kz: PhoneText
    name_en: PhoneText
    meta: Annotated[list[PhoneMetaView], Field(max_length=MOST_DOCUMENTS)] | None = None
    document_xml: PhoneData | None = None
    document: PhoneFileHolderView | None = None


class DocumentSetView(PhoneCamelView):
    """The answer of API 2, and the body of the PUT."""

    sign_method: SignMethod
    version: PhoneNumber = 2
    documents_to_sign: Annotated[list[OfferedDocumentView], Field(max_length=MOST_DOCUMENTS)]


class PhoneVerdictView(PhoneCamelView):
    """The answer to a PUT whose signatures hold: where the app leads the person."""

    back_url: str


class PhoneRefusalView(PhoneServerView):
    """The answer to a PUT whose signatures do not hold (403); ``code`` is ours, for programs."""

    message: str
    code: str


@dataclass(frozen=True)
class TitledContent:
    """A document of ours with its names by language (ru, kk, en)."""

    names: dict[str, str]
    content: bytes = field(repr=False)
    mime: str = ""
    meta: Sequence[tuple[str, str]] = ()


def format_expiry(moment: datetime) -> str:
    """A moment as ``expiry_date`` has it: the offset without a colon."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f%z")


def offer_contents(contents: Sequence[TitledContent], method: SignMethod) -> DocumentSetView:
    """API 2's answer with documents for a CMS method, numbered from 1."""
    documents: list[dict[str, Any]] = [
        {
            "id": number,
            "nameRu": one.names["ru"],
            "nameKz": one.names["kk"],
            "nameEn": one.names["en"],
            "meta": [{"name": name, "value": value} for name, value in one.meta] or None,
            "document": {"file": {"mime": one.mime, "data": base64.b64encode(one.content).decode()}},
        }
        for number, one in enumerate(contents, 1)
    ]
    return DocumentSetView.model_validate({"signMethod": method, "documentsToSign": documents})


def read_cms_signatures(sent: DocumentSetView) -> list[bytes]:
    """The CMS in the place of each document; Malformed ``eds-malformed``."""
    signatures = []
    for entry in sent.documents_to_sign:
        if entry.document is None:
            raise Malformed("eds-malformed", "a document has no file")
        try:
            signatures.append(base64.b64decode(entry.document.file.data, validate=True))
        except ValueError:
            raise Malformed("eds-malformed", "a signature is not base64") from None
    return signatures
