"""Requests and answers of NCANode's v3 API (docs/reference/ncanode.md); JSON names are in camelCase: keyAlias."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer
from pydantic.alias_generators import to_camel

MOST_SIGNERS = 16
MOST_CERTIFICATES = 100
_LONGEST_KEY = 100_000
_LONGEST_NAME = 1000
_LONGEST_TEXT = 64 * 1024 * 1024
"""Characters of a document or a signature: the endpoint's limit on bodies refuses a larger one long before."""


class RevocationCheckSource(StrEnum):
    """The source of a revocation check."""

    OCSP = "OCSP"
    CRL = "CRL"


class TsaPolicy(StrEnum):
    """НУЦ's policies of time-stamps."""

    TSA_GOST_POLICY = "TSA_GOST_POLICY"
    TSA_GOSTGT_POLICY = "TSA_GOSTGT_POLICY"
    TSA_GOST2015_POLICY = "TSA_GOST2015_POLICY"


def _or_false(value: Any) -> Any:
    return False if value is None else value


def _or_empty(value: Any) -> Any:
    return [] if value is None else value


Flag = Annotated[bool, BeforeValidator(_or_false)]
Checks = Annotated[list[RevocationCheckSource], BeforeValidator(_or_empty), Field(max_length=MOST_SIGNERS)]
Text = Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT)]
OptionalText = Annotated[str, Field(max_length=_LONGEST_TEXT)] | None


class NcanodeRequest(BaseModel):
    """A request: unknown fields are ignored (real clients send some), and errors never quote a value."""

    model_config = ConfigDict(
        extra="ignore", alias_generator=to_camel, validate_by_name=False, hide_input_in_errors=True
    )


class SignerRequest(NcanodeRequest):
    """A PKCS #12 in base64, the password, the key's alias (None: the first key), and the XML element to sign."""

    key: Annotated[str, Field(min_length=1, max_length=_LONGEST_KEY, repr=False)]
    password: Annotated[str, Field(min_length=1, max_length=1000, repr=False)]
    key_alias: Annotated[str, Field(max_length=_LONGEST_NAME)] | None = None
    reference_uri: Annotated[str, Field(max_length=_LONGEST_NAME)] | None = None


Signers = Annotated[list[SignerRequest], Field(min_length=1, max_length=MOST_SIGNERS)]


class CmsSignRequest(NcanodeRequest):
    """``data``, ``cms``: base64. ``cms`` and, when that is detached, ``data`` are for /cms/sign/add."""

    cms: OptionalText = None
    data: OptionalText = None
    signers: Signers
    with_tsp: Flag = False
    tsa_policy: TsaPolicy | None = None
    detached: Flag = False


class CmsVerifyRequest(NcanodeRequest):
    """``cms`` (base64) to verify; ``data`` (base64) when the CMS is detached."""

    cms: Text
    data: OptionalText = None
    revocation_check: Checks = Field(default_factory=list)


class CmsExtractRequest(NcanodeRequest):
    """``cms`` (base64) whose content to return."""

    cms: Text


class XmlSignRequest(NcanodeRequest):
    """A document and its signers; ``clear_signatures`` removes existing signatures first."""

    xml: Text
    signers: Signers
    clear_signatures: Flag = False
    trim_xml: Flag = False


class XmlVerifyRequest(NcanodeRequest):
    """A signed document or envelope."""

    xml: Text
    revocation_check: Checks = Field(default_factory=list)


class WsseSignRequest(SignerRequest):
    """The envelope, and the fields of one signer beside the envelope."""

    xml: Text
    trim_xml: Flag = False


class Pkcs12InfoRequest(NcanodeRequest):
    """The key stores whose certificates or aliases to return."""

    keys: Signers
    revocation_check: Checks = Field(default_factory=list)


class X509InfoRequest(NcanodeRequest):
    """Certificates, each base64 of DER or of PEM."""

    certs: Annotated[list[Text], Field(max_length=MOST_CERTIFICATES)]
    revocation_check: Checks = Field(default_factory=list)


class X509SignRequest(NcanodeRequest):
    """``data`` is the text to sign, in UTF-8."""

    data: Text
    signer: SignerRequest


class X509VerifyRequest(NcanodeRequest):
    """``signature``: base64, over the text ``data`` in UTF-8."""

    certificate: Text
    signature: Text
    data: Text
    revocation_check: Checks = Field(default_factory=list)


class TspCreateRequest(NcanodeRequest):
    """The text to stamp: any text, although the field is called ``xml``."""

    xml: Text


class _CamelCaseModel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)


class _OmitNoneModel(_CamelCaseModel):
    """A model whose fields with None are left out of the JSON."""

    @model_serializer(mode="wrap")
    def _without_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}


class RevocationStatus(_CamelCaseModel):
    """``revocation_time`` like 2022-09-28T16:03:41.000+00:00; ``reason`` of a good certificate: OK by OCSP."""

    revoked: bool
    by: RevocationCheckSource
    revocation_time: str | None = None
    reason: str | None = None


class CertificateSubject(_OmitNoneModel):
    """A distinguished name; ``dn`` is the whole name as Java prints it."""

    common_name: str | None = None
    last_name: str | None = None
    sur_name: str | None = None
    email: str | None = None
    organization: str | None = None
    gender: str | None = None
    iin: str | None = None
    bin: str | None = None
    country: str | None = None
    locality: str | None = None
    state: str | None = None
    dn: str | None = None


class CertificateInfo(_OmitNoneModel):
    """``valid``: the certificate leads to our root, is in its term, and is not revoked by the requested checks."""

    valid: bool
    revocations: list[RevocationStatus]
    not_before: str
    not_after: str
    key_usage: str
    serial_number: str
    sign_alg: str
    key_user: list[str]
    public_key: str
    signature: str
    subject: CertificateSubject
    issuer: CertificateSubject


class TspInfo(_CamelCaseModel):
    """A time-stamp; ``gen_time`` like 2022-09-28T16:03:41.000+00:00."""

    serial_number: str
    gen_time: str
    policy: str
    tsa: str | None
    tsp_hash_algorithm: str
    hash: str


class CmsSignerInfo(_CamelCaseModel):
    """A signer's certificate (none when it is not in the CMS) and the time-stamp of the signature."""

    certificates: list[CertificateInfo]
    tsp: TspInfo | None = None


class NcanodeResponse(_CamelCaseModel):
    """The status and message of every answer."""

    status: int = 200
    message: str = "OK"


class VerificationResponse(NcanodeResponse):
    """``signers`` has None for an unreadable certificate."""

    valid: bool
    signers: list[CertificateInfo | None]


class SignedPartInfo(_CamelCaseModel):
    """What one signature covers; ``element`` is the place of the signed element, by local names."""

    reference: str
    element: str
    whole_document: bool


class XmlVerificationResponse(VerificationResponse):
    """``signed``, of ours: what each signer signed, in the order of ``signers``; empty unless all signatures are
    genuine.
    """

    signed: list[SignedPartInfo]


class CmsVerificationResponse(NcanodeResponse):
    """Whether all signatures are valid, and the signers."""

    valid: bool
    signers: list[CmsSignerInfo]


class CmsResponse(NcanodeResponse):
    """``cms``: base64."""

    cms: str


class CmsDataResponse(NcanodeResponse):
    """``data``: base64 of the content."""

    data: str


class XmlResponse(NcanodeResponse):
    """``xml``: the document, or the time-stamp token in base64."""

    xml: str


class Pkcs12AliasesResponse(NcanodeResponse):
    """The aliases of each key store."""

    aliases: list[list[str]]


class X509SignResponse(NcanodeResponse):
    """The certificate and the signature, both base64."""

    certificate: str
    signature: str


class HealthResponse(_CamelCaseModel):
    """The state of the signing server."""

    status: str = "UP"
