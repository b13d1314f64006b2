"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Literal, TypeAlias

from typing_extensions import NotRequired, TypedDict

from shared.client.models.common import (
    AuditEntryView as AuditEntryView,
    AuditVerificationView as AuditVerificationView,
    AuthType as AuthType,
    BothClocksView as BothClocksView,
    DocumentSetView as DocumentSetView,
    HealthView as HealthView,
    OfferedDocumentView as OfferedDocumentView,
    PhoneDocumentPlaceView as PhoneDocumentPlaceView,
    PhoneFileHolderView as PhoneFileHolderView,
    PhoneFileView as PhoneFileView,
    PhoneMetaView as PhoneMetaView,
    PhoneOrganisationView as PhoneOrganisationView,
    PhoneRefusalView as PhoneRefusalView,
    Problem as Problem,
    ReadinessProblemView as ReadinessProblemView,
    ReadinessView as ReadinessView,
    SignMethod as SignMethod,
    SigningInvitationView as SigningInvitationView,
)


class AuthoritiesView(TypedDict):
    """
    НУЦ's own certificates.
    """

    root: str
    """
    The certificate of the root authority, PEM.
    """
    issuing: str
    """
    The certificate of the issuing authority, PEM.
    """


class CertificateInfo(TypedDict):
    pass


class CertificateStatusView(TypedDict):
    """
    The status of a certificate at this moment, without the name and number of a person.
    """

    thumbprint: str
    """
    The SHA-256 of the certificate, base64url as in x5t#S256.
    """
    serial: str
    """
    hexadecimal, as openssl writes it
    """
    kind: str
    """
    For whom and for what the certificate was issued, as individual or employee-auth.
    """
    status: Literal["good", "revoked", "expired", "not-yet-valid"]
    """
    The status of the certificate.
    """
    not_before: str
    """
    The beginning of the certificate's term.
    """
    not_after: str
    """
    The end of the certificate's term.
    """
    revoked_at: str | None
    """
    When the certificate was revoked; none while it is not.
    """
    reason: str | None
    """
    The reason of the revocation, as a CRL names it.
    """


class CertificateSubject(TypedDict):
    pass


CertificateUsage: TypeAlias = Literal["sign", "auth"]


class ClockAdvanceRequest(TypedDict, closed=True):
    """
    The number of seconds by which the clock moves ahead.
    """

    by: float
    """
    By how many seconds the bus's clock moves ahead.
    """


class ClockChangeRequest(TypedDict, closed=True):
    """
    A new mode of the clock: the machine's time, standing still, or ``rate`` seconds per second.

    ``at`` is the bus's time at the change; without it, the current time. The mode «real» takes neither.
    """

    mode: Literal["real", "frozen", "rate"]
    """
    Whether the bus's clock follows the machine, stands still, or runs at a rate.
    """
    at: NotRequired[str | None]
    """
    The moment, by the bus's clock.
    """
    rate: NotRequired[float | None]
    """
    How many seconds of the bus pass in one of the machine; 0 while the clock stands.
    """


class ClockSegmentView(TypedDict):
    """
    From the machine's moment ``since`` on, the bus's time begins at ``told`` and runs ``rate`` seconds per
    second.
    """

    version: int
    """
    The version, counted up with each change.
    """
    since: str
    """
    The bus's time at which the segment begins.
    """
    told: str
    """
    When the change was told, by the machine's time.
    """
    rate: float
    """
    How many seconds of the bus pass in one of the machine; 0 while the clock stands.
    """


class ClockStateView(TypedDict):
    """
    The bus's time, the mode of its clock, and the segments from which a process computes the time without
    asking again.

    ``machine`` is НУЦ's own time at the same moment. With ``is_sandbox`` False the clock cannot be changed.
    """

    mode: Literal["real", "frozen", "rate"]
    """
    Whether the bus's clock follows the machine, stands still, or runs at a rate.
    """
    now: str
    """
    The time by the bus's clock, common to all systems.
    """
    rate: float
    """
    How many seconds of the bus pass in one of the machine; 0 while the clock stands.
    """
    machine: str
    """
    The time by the machine's clock, in UTC or with its offset.
    """
    is_sandbox: bool
    """
    Whether the clock may be changed.
    """
    version: int
    """
    The version, counted up with each change.
    """
    lines: list[ClockSegmentView]
    """
    The segments of the clock, in the order of their versions.
    """


class CmsDataResponse(TypedDict):
    """
    ``data``: base64 of the content.
    """

    status: NotRequired[int]
    """
    The HTTP status, once more.
    """
    message: NotRequired[str]
    """
    A text for developers, in English; OK where all is well.
    """
    data: str
    """
    The bytes that are signed or were signed, in base64.
    """


class CmsExtractRequest(TypedDict):
    """
    ``cms`` (base64) whose content to return.
    """

    cms: str
    """
    A CMS signature, base64 of DER.
    """


class CmsResponse(TypedDict):
    """
    ``cms``: base64.
    """

    status: NotRequired[int]
    """
    The HTTP status, once more.
    """
    message: NotRequired[str]
    """
    A text for developers, in English; OK where all is well.
    """
    cms: str
    """
    A CMS signature, base64 of DER.
    """


ContainerFormat: TypeAlias = Literal["pkcs12", "pem"]


class DataTakenView(TypedDict, closed=True):
    """
    The phone has fetched the documents; ``signURL`` once more.
    """

    signURL: str
    """
    The address that gives the signatures.
    """


class FaultRequest(TypedDict, closed=True):
    """
    The scope, the share and the number of a fault. Without a scope the fault affects everybody.

    ``iin`` is for faults of certificates and of OCSP, ``serial`` (hexadecimal) for OCSP. ``percent`` of the
    occasions are affected, evenly spread, always including the first.
    """

    iin: NotRequired[str | None]
    """
    The ИИН of a person, twelve digits.
    """
    serial: NotRequired[str | None]
    """
    The serial number of a certificate, in hexadecimal.
    """
    percent: NotRequired[int]
    """
    Of how many people in a hundred it is true.
    """
    count: NotRequired[int | None]
    """
    After how many times the trouble ends; without it the trouble lasts.
    """


class HealthResponse(TypedDict):
    """
    The state of the signing server.
    """

    status: NotRequired[str]
    """
    Whether the service lives, always UP.
    """


class InvitationView(TypedDict):
    """
    An invitation: what a system needs for its enrolment.
    """

    token: str
    """
    The invitation of the system, good for one certificate.
    """
    root: str
    """
    The certificate of the root authority, PEM.
    """


class IssuedCertificateResponse(TypedDict):
    """
    A certificate and the authority that issued it, both PEM, and the certificate's thumbprint (x5t#S256).

    ``fault`` names the fault on demand that a test has ordered for this certificate.
    """

    certificate: str
    """
    The certificate that was issued, PEM.
    """
    issuing: str
    """
    The certificate of the issuing authority, PEM.
    """
    thumbprint: str
    """
    The SHA-256 of the certificate, base64url as in x5t#S256.
    """
    fault: NotRequired[str | None]
    """
    A trouble on demand, by its name (sandbox).
    """


KeyAlgorithm: TypeAlias = Literal["rsa", "ec"]


class LocalTlsRequest(TypedDict, closed=True):
    """
    A PKCS #10 request in PEM; only its key is used.
    """

    csr: str
    """
    A request for a certificate (PKCS #10), PEM.
    """


class LocalTlsResponse(TypedDict):
    """
    The certificate and the authority that issued it, both PEM, and the certificate's thumbprint (x5t#S256).
    """

    certificate: str
    """
    The certificate that was issued, PEM.
    """
    issuing: str
    """
    The certificate of the issuing authority, PEM.
    """
    thumbprint: str
    """
    The SHA-256 of the certificate, base64url as in x5t#S256.
    """


OrganisationRole: TypeAlias = Literal[
    "employee", "first-head", "may-sign", "may-sign-financial", "hr", "con-operator"
]


class OrganisationView(TypedDict):
    """
    An organisation of the acts. ``vouching_systems`` may vouch for its employees; the operator has added those
    of ``added_systems``, the register of organisations names the others.
    """

    office: str
    """
    The code of the office in the acts.
    """
    bin: str
    """
    The БИН of the organisation, twelve digits.
    """
    organisation: str
    """
    The name of the organisation, exactly as certificates have it.
    """
    vouching_systems: list[str]
    """
    The systems that may vouch for the employees, by their addresses.
    """
    added_systems: list[str]
    """
    The systems that the operator of НУЦ has added.
    """


class PersonCertificateRequest(TypedDict, closed=True):
    """
    A PKCS #10 request in PEM whose subject names the person; the certificate is for signatures or for
    logins.
    """

    csr: str
    """
    A request for a certificate (PKCS #10), PEM.
    """
    usage: NotRequired[CertificateUsage]
    """
    What the key may be used for.
    """


class PersonContainerRequest(TypedDict, closed=True):
    """
    The person, the password and the usage; the two certificates of НУЦ's pair take two requests.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    password: str
    """
    The password that will protect the new key store.
    """
    usage: NotRequired[CertificateUsage]
    """
    What the key may be used for.
    """
    key: NotRequired[KeyAlgorithm]
    """
    The kind of key that is made: RSA or elliptic curve.
    """
    form: NotRequired[ContainerFormat]
    """
    The form of the file that is handed over: PKCS #12 or PEM.
    """


class Pkcs12AliasesResponse(TypedDict):
    """
    The aliases of each key store.
    """

    status: NotRequired[int]
    """
    The HTTP status, once more.
    """
    message: NotRequired[str]
    """
    A text for developers, in English; OK where all is well.
    """
    aliases: list[list[str]]
    """
    The aliases of the keys in each key store.
    """


PkiFault: TypeAlias = Literal[
    "certificate-expired",
    "certificate-not-yet-valid",
    "certificate-revoked",
    "certificate-wrong-issuer",
    "certificate-wrong-purpose",
    "certificate-wrong-iin",
    "certificate-broken-signature",
    "ocsp-try-later",
    "ocsp-malformed",
    "ocsp-stale",
    "ocsp-silent",
    "ocsp-unauthorized",
    "crl-missing",
    "crl-stale",
    "crl-malformed",
    "tsa-refusing",
    "tsa-silent",
    "tsa-wrong-imprint",
]


class ProcedureEndRequest(TypedDict):
    """
    What follows the signature: the page to which the app leads the person.
    """

    backUrl: NotRequired[str | None]
    """
    Where the app leads the person back.
    """


class ProcedureRequest(TypedDict):
    """
    A new procedure; ``description`` is what the person reads. Unknown fields are ignored.
    """

    description: str
    """
    What the person is asked to sign.
    """
    whenDone: NotRequired[ProcedureEndRequest | None]
    """
    Where the app leads the person once the documents are signed.
    """


class ProcedureView(TypedDict, closed=True):
    """
    A procedure: its QR code as PNG in base64, the links that open the apps, and its two addresses.

    ``expireAt`` counts milliseconds since 1970.
    """

    expireAt: int
    """
    The end of the procedure, in milliseconds since 1970.
    """
    qrCode: str
    """
    The QR code, a PNG in base64.
    """
    dataURL: str
    """
    The address that takes the documents.
    """
    signURL: str
    """
    The address that gives the signatures.
    """
    eGovMobileLaunchLink: str
    """
    The link that opens eGov Mobile on the phone itself.
    """
    eGovBusinessLaunchLink: str
    """
    The link that opens eGov Business on the phone itself.
    """


class RenewalRequest(TypedDict, closed=True):
    """
    A request for a new key of the same owner; ``supersede`` revokes the old certificate at once.
    """

    csr: str
    """
    A request for a certificate (PKCS #10), PEM.
    """
    supersede: NotRequired[bool]
    """
    Whether the old certificate is revoked at once.
    """


RevocationCheckSource: TypeAlias = Literal["OCSP", "CRL"]


RevocationReason: TypeAlias = Literal[
    "unspecified",
    "keyCompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "privilegeWithdrawn",
]


class RevocationRequest(TypedDict, closed=True):
    """
    The certificate to revoke, by its thumbprint, and the reason.
    """

    thumbprint: str
    """
    The SHA-256 of the certificate, base64url as in x5t#S256.
    """
    reason: NotRequired[RevocationReason]
    """
    The reason of the revocation, as a CRL names it.
    """


class RevocationStatus(TypedDict):
    """
    ``revocation_time`` like 2022-09-28T16:03:41.000+00:00; ``reason`` of a good certificate: OK by OCSP.
    """

    revoked: bool
    """
    Whether the certificate is revoked.
    """
    by: RevocationCheckSource
    """
    How it was established: OCSP or CRL.
    """
    revocationTime: NotRequired[str | None]
    """
    When the certificate was revoked.
    """
    reason: NotRequired[str | None]
    """
    The reason of the revocation.
    """


class SigexTroubleView(TypedDict):
    """
    Trouble, with status 200; ``code`` is ours, for programs.
    """

    message: str
    """
    What is wrong, in the language of the caller.
    """
    code: str
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """


class SignedPartInfo(TypedDict):
    """
    What one signature covers; ``element`` is the place of the signed element, by local names.
    """

    reference: str
    """
    What the signature refers to: nothing for the whole document, #id for an element.
    """
    element: str
    """
    The place of the signed element in the document: /order/sum[2].
    """
    wholeDocument: bool
    """
    Whether the signature covers the whole document, not a part of it only.
    """


class SignedVerdictView(TypedDict):
    """
    The answer to a phone whose signatures hold; ``backUrl`` where the system named one.
    """

    backUrl: NotRequired[str | None]
    """
    Where the app leads the person back.
    """


class SignerRequest(TypedDict):
    """
    A PKCS #12 in base64, the password, the key's alias (None: the first key), and the XML element to sign.
    """

    key: str
    """
    A key store (PKCS #12) with its private key, in base64.
    """
    password: str
    """
    The password by which the key store opens.
    """
    keyAlias: NotRequired[str | None]
    """
    The alias of the key in its store; the first key otherwise.
    """
    referenceUri: NotRequired[str | None]
    """
    The element that is signed, as #id; the whole document otherwise.
    """


class SystemEnrolmentRequest(TypedDict, closed=True):
    """
    A system's request with its one-time token; the key is P-256 or RSA.
    """

    address: str
    """
    The address of a system on the bus.
    """
    token: str
    """
    The invitation of the system, good for one certificate.
    """
    csr: str
    """
    A request for a certificate (PKCS #10), PEM.
    """


TsaPolicy: TypeAlias = Literal[
    "TSA_GOST_POLICY", "TSA_GOSTGT_POLICY", "TSA_GOST2015_POLICY"
]


class TspCreateRequest(TypedDict):
    """
    The text to stamp: any text, although the field is called ``xml``.
    """

    xml: str
    """
    The XML document, as text in UTF-8.
    """


class TspInfo(TypedDict):
    """
    A time-stamp; ``gen_time`` like 2022-09-28T16:03:41.000+00:00.
    """

    serialNumber: str
    """
    The serial number, in hexadecimal.
    """
    genTime: str
    """
    The moment of the time-stamp.
    """
    policy: str
    """
    The policy of the time-stamp, an OID.
    """
    tsa: str | None
    """
    The name of the time-stamping authority.
    """
    tspHashAlgorithm: str
    """
    The digest algorithm of the time-stamp.
    """
    hash: str
    """
    The digest of what was stamped, in hexadecimal.
    """


class VerificationResponse(TypedDict):
    """
    ``signers`` has None for an unreadable certificate.
    """

    status: NotRequired[int]
    """
    The HTTP status, once more.
    """
    message: NotRequired[str]
    """
    A text for developers, in English; OK where all is well.
    """
    valid: bool
    """
    Whether every signature and certificate that was asked about holds.
    """
    signers: list[CertificateInfo | None]
    """
    The certificates, in the order of the request.
    """


class VouchedRevocationRequest(TypedDict, closed=True):
    """
    The reason; ``issued_since`` spares certificates that were issued earlier; ``and_own`` also revokes the
    certificates of the system itself, which could otherwise vouch anew.
    """

    reason: NotRequired[RevocationReason]
    """
    Why it was decided so, in Russian; none where no reason is told.
    """
    issued_since: NotRequired[str | None]
    """
    Only certificates that were issued at this moment or later; all without it.
    """
    and_own: NotRequired[bool]
    """
    Whether the certificates of the system itself are revoked too.
    """


class VouchedRevocationView(TypedDict):
    """
    How many certificates were revoked now; those that were revoked before are not counted.
    """

    revoked_count: int
    """
    How many certificates were revoked now.
    """


class WsseSignRequest(TypedDict):
    """
    The envelope, and the fields of one signer beside the envelope.
    """

    key: str
    """
    A key store (PKCS #12) with its private key, in base64.
    """
    password: str
    """
    The password by which the key store opens.
    """
    keyAlias: NotRequired[str | None]
    """
    The alias of the key in its store; the first key otherwise.
    """
    referenceUri: NotRequired[str | None]
    """
    The element that is signed, as #id; the whole document otherwise.
    """
    xml: str
    """
    The XML document, as text in UTF-8.
    """
    trimXml: NotRequired[bool]
    """
    Whether white space between elements is taken out first.
    """


Cert: TypeAlias = str


class X509InfoRequest(TypedDict):
    """
    Certificates, each base64 of DER or of PEM.
    """

    certs: list[Cert]
    """
    Certificates, base64 of DER or PEM.
    """
    revocationCheck: NotRequired[list[RevocationCheckSource]]
    """
    What is asked about revocation: OCSP, CRL.
    """


class X509SignRequest(TypedDict):
    """
    ``data`` is the text to sign, in UTF-8.
    """

    data: str
    """
    The bytes that are signed or were signed, in base64.
    """
    signer: SignerRequest
    """
    The key that signs, with the password of its store.
    """


class X509SignResponse(TypedDict):
    """
    The certificate and the signature, both base64.
    """

    status: NotRequired[int]
    """
    The HTTP status, once more.
    """
    message: NotRequired[str]
    """
    A text for developers, in English; OK where all is well.
    """
    certificate: str
    """
    The signer's certificate, base64 of DER.
    """
    signature: str
    """
    The value of the signature itself, in base64.
    """


class X509VerifyRequest(TypedDict):
    """
    ``signature``: base64, over the text ``data`` in UTF-8.
    """

    certificate: str
    """
    The signer's certificate, base64 of DER.
    """
    signature: str
    """
    The value of the signature itself, in base64.
    """
    data: str
    """
    The bytes that are signed or were signed, in base64.
    """
    revocationCheck: NotRequired[list[RevocationCheckSource]]
    """
    What is asked about revocation: OCSP, CRL.
    """


class XmlResponse(TypedDict):
    """
    ``xml``: the document, or the time-stamp token in base64.
    """

    status: NotRequired[int]
    """
    The HTTP status, once more.
    """
    message: NotRequired[str]
    """
    A text for developers, in English; OK where all is well.
    """
    xml: str
    """
    The XML document, as text in UTF-8.
    """


class XmlSignRequest(TypedDict):
    """
    A document and its signers; ``clear_signatures`` removes existing signatures first.
    """

    xml: str
    """
    The XML document, as text in UTF-8.
    """
    signers: list[SignerRequest]
    """
    The keys that sign, each with the password of its store.
    """
    clearSignatures: NotRequired[bool]
    """
    Whether signatures that are there are taken out first.
    """
    trimXml: NotRequired[bool]
    """
    Whether white space between elements is taken out first.
    """


class XmlVerificationResponse(TypedDict):
    """
    ``signed``, of ours: what each signer signed, in the order of ``signers``; empty unless all signatures are
    genuine.
    """

    status: NotRequired[int]
    """
    The HTTP status, once more.
    """
    message: NotRequired[str]
    """
    A text for developers, in English; OK where all is well.
    """
    valid: bool
    """
    Whether every signature and certificate that was asked about holds.
    """
    signers: list[CertificateInfo | None]
    """
    The certificates of the signers, the last signer first.
    """
    signed: list[SignedPartInfo]
    """
    What each signature covers, in the order of the signers; nothing unless all are genuine.
    """


class XmlVerifyRequest(TypedDict):
    """
    A signed document or envelope.
    """

    xml: str
    """
    The XML document, as text in UTF-8.
    """
    revocationCheck: NotRequired[list[RevocationCheckSource]]
    """
    What is asked about revocation: OCSP, CRL.
    """


class ActiveFaultView(TypedDict, closed=True):
    """
    An active fault; ``count`` is the number of occasions left.
    """

    iin: NotRequired[str | None]
    """
    The ИИН of a person, twelve digits.
    """
    serial: NotRequired[str | None]
    """
    The serial number of a certificate, in hexadecimal.
    """
    percent: NotRequired[int]
    """
    Of how many people in a hundred it is true.
    """
    count: NotRequired[int | None]
    """
    How many times the trouble still happens; none where it has no end.
    """
    name: PkiFault
    """
    The code of the trouble that is switched on.
    """


class CmsSignRequest(TypedDict):
    """
    ``data``, ``cms``: base64. ``cms`` and, when that is detached, ``data`` are for /cms/sign/add.
    """

    cms: NotRequired[str | None]
    """
    A CMS signature, base64 of DER.
    """
    data: NotRequired[str | None]
    """
    The bytes that are signed or were signed, in base64.
    """
    signers: list[SignerRequest]
    """
    The keys that sign, each with the password of its store.
    """
    withTsp: NotRequired[bool]
    """
    Whether a time-stamp is put inside.
    """
    tsaPolicy: NotRequired[TsaPolicy | None]
    """
    The policy of the time-stamp.
    """
    detached: NotRequired[bool]
    """
    Whether the signature comes without the data.
    """


class CmsSignerInfo(TypedDict):
    """
    A signer's certificate (none when it is not in the CMS) and the time-stamp of the signature.
    """

    certificates: list[CertificateInfo]
    """
    What is told of the signer's certificates.
    """
    tsp: NotRequired[TspInfo | None]
    """
    The time-stamp inside; none where there is none.
    """


class CmsVerificationResponse(TypedDict):
    """
    Whether all signatures are valid, and the signers.
    """

    status: NotRequired[int]
    """
    The HTTP status, once more.
    """
    message: NotRequired[str]
    """
    A text for developers, in English; OK where all is well.
    """
    valid: bool
    """
    Whether every signature and certificate that was asked about holds.
    """
    signers: list[CmsSignerInfo]
    """
    The signatures, each with its certificate and time-stamp.
    """


class CmsVerifyRequest(TypedDict):
    """
    ``cms`` (base64) to verify; ``data`` (base64) when the CMS is detached.
    """

    cms: str
    """
    A CMS signature, base64 of DER.
    """
    data: NotRequired[str | None]
    """
    The bytes that are signed or were signed, in base64.
    """
    revocationCheck: NotRequired[list[RevocationCheckSource]]
    """
    What is asked about revocation: OCSP, CRL.
    """


class EmployeeCertificateRequest(TypedDict, closed=True):
    """
    The subject also names the organisation; the role is one of НУЦ's (1.2.1–1.2.5) or an operator of a ЦОН.
    """

    csr: str
    """
    A request for a certificate (PKCS #10), PEM.
    """
    usage: NotRequired[CertificateUsage]
    """
    What the key may be used for.
    """
    role: NotRequired[OrganisationRole]
    """
    The role in the organisation that the certificate confirms.
    """


class EmployeeContainerRequest(TypedDict, closed=True):
    """
    A container for a person who acts for an organisation.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    password: str
    """
    The password that will protect the new key store.
    """
    usage: NotRequired[CertificateUsage]
    """
    What the key may be used for.
    """
    key: NotRequired[KeyAlgorithm]
    """
    The kind of key that is made: RSA or elliptic curve.
    """
    form: NotRequired[ContainerFormat]
    """
    The form of the file that is handed over: PKCS #12 or PEM.
    """
    role: NotRequired[OrganisationRole]
    """
    The role in the organisation that the certificate confirms.
    """
    organisation: str
    """
    The name of the organisation for which the employee acts.
    """
    bin: str
    """
    The БИН of the organisation, twelve digits.
    """


class MagicSubjectView(TypedDict):
    """
    An invented person whose certificates always have the same fault.
    """

    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    surname: str
    """
    The surname, as in the identity document.
    """
    name: str
    """
    The first name, as in the identity document.
    """
    fault: PkiFault
    """
    A trouble on demand, by its name (sandbox).
    """
    texts: dict[str, str]
    """
    The text in each language.
    """


class Pkcs12InfoRequest(TypedDict):
    """
    The key stores whose certificates or aliases to return.
    """

    keys: list[SignerRequest]
    """
    Key stores with their passwords.
    """
    revocationCheck: NotRequired[list[RevocationCheckSource]]
    """
    What is asked about revocation: OCSP, CRL.
    """
