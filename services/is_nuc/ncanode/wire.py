"""Requests and answers of NCANode v3 (wire contract §10); on the wire the names are in camelCase: keyAlias."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer
from pydantic.alias_generators import to_camel

MOST_SIGNERS = 16
MOST_CERTIFICATES = 100
_LONGEST_KEY = 100_000


class Check(StrEnum):
    """Where revocation is looked up."""

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
Checks = Annotated[list[Check], BeforeValidator(_or_empty), Field(max_length=MOST_SIGNERS)]
Text = Annotated[str, Field(min_length=1)]


class Asked(BaseModel):
    """A request: unknown fields are no fault (real clients send some), and no error quotes what was sent."""

    model_config = ConfigDict(
        extra="ignore", alias_generator=to_camel, validate_by_name=False, hide_input_in_errors=True
    )


class Signer(Asked):
    """PKCS #12 in base64, its password, the key's alias (None: the first), the XML element that it signs."""

    key: Annotated[str, Field(min_length=1, max_length=_LONGEST_KEY, repr=False)]
    password: Annotated[str, Field(min_length=1, max_length=1000, repr=False)]
    key_alias: str | None = None
    reference_uri: str | None = None


Signers = Annotated[list[Signer], Field(min_length=1, max_length=MOST_SIGNERS)]


class CmsSign(Asked):
    """``data``, ``cms``: base64. ``cms`` and, when that is detached, ``data`` are for /cms/sign/add."""

    cms: str | None = None
    data: str | None = None
    signers: Signers
    with_tsp: Flag = False
    tsa_policy: TsaPolicy | None = None
    detached: Flag = False


class CmsVerify(Asked):
    cms: Text
    data: str | None = None
    revocation_check: Checks = Field(default_factory=list)


class CmsExtract(Asked):
    cms: Text


class XmlSign(Asked):
    xml: Text
    signers: Signers
    clear_signatures: Flag = False
    trim_xml: Flag = False


class XmlVerify(Asked):
    xml: Text
    revocation_check: Checks = Field(default_factory=list)


class WsseSign(Signer):
    """One signer, his fields beside the envelope."""

    xml: Text
    trim_xml: Flag = False


class Pkcs12Info(Asked):
    keys: Signers
    revocation_check: Checks = Field(default_factory=list)


class X509Info(Asked):
    """Certificates, each base64 of DER or of PEM."""

    certs: Annotated[list[str], Field(max_length=MOST_CERTIFICATES)]
    revocation_check: Checks = Field(default_factory=list)


class X509Sign(Asked):
    """``data`` is signed as the text it is, in UTF-8."""

    data: Text
    signer: Signer


class X509Verify(Asked):
    """``signature``: base64, over the text ``data`` in UTF-8."""

    certificate: Text
    signature: Text
    data: Text
    revocation_check: Checks = Field(default_factory=list)


class TspCreate(Asked):
    """Any text, whatever the field is called."""

    xml: Text


class _Told(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)


class _Brief(_Told):
    """What is not known is not told."""

    @model_serializer(mode="wrap")
    def _without_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}


class RevocationStatus(_Told):
    """``revocation_time`` like 2022-09-28T16:03:41.000+00:00; ``reason`` of a good certificate: OK by OCSP."""

    revoked: bool
    by: Check
    revocation_time: str | None = None
    reason: str | None = None


class CertificateSubject(_Brief):
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


class CertificateInfo(_Brief):
    """``valid``: leads to our root, in its term, and not revoked as far as was asked."""

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


class TspInfo(_Told):
    serial_number: str
    gen_time: str
    policy: str
    tsa: str | None
    tsp_hash_algorithm: str
    hash: str


class CmsSigner(_Told):
    """A signer's certificate (none, when it is not in the CMS) and the time-stamp on his signature."""

    certificates: list[CertificateInfo]
    tsp: TspInfo | None = None


class Answer(_Told):
    status: int = 200
    message: str = "OK"


class Verified(Answer):
    """A certificate that could not be read is None."""

    valid: bool
    signers: list[CertificateInfo | None]


class CmsVerified(Answer):
    valid: bool
    signers: list[CmsSigner]


class CmsMade(Answer):
    cms: str


class DataTold(Answer):
    data: str


class XmlMade(Answer):
    xml: str


class AliasesTold(Answer):
    aliases: list[list[str]]


class X509Signed(Answer):
    certificate: str
    signature: str


class Health(_Told):
    status: str = "UP"
