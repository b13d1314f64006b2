"""The signing keys of employees: stored by the workplace, certified by НУЦ at the system's request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Literal

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic_core import to_json

from shared.bus.errors import Malformed, Unavailable
from shared.bus.http.tls import server_check, uses_proxies
from shared.bus.logs import log
from shared.bus.messages.trust import SystemIdentity
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.cms import signed_data
from shared.regulations.model import CENTRE_ROLES
from shared.workplace.records.storage import EmployeeRow


@dataclass(frozen=True)
class EmployeeSigner:
    """An employee's key and certificate."""

    key: keys.PrivateKey
    certificate: x509.Certificate

    def is_renewal_due(self, now: datetime) -> bool:
        """Whether the last quarter of the certificate's term has begun."""
        begin, end = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        return now >= end - (end - begin) / 4

    def has_signed(self, document: bytes) -> bool:
        """Whether a CMS (DER) carries this certificate."""
        return self.certificate.public_bytes(Encoding.DER) in document

    def seal_document(self, content: bytes, now: datetime) -> bytes:
        """A document as a CMS (DER) with the document inside.

        The CMS is signed at ``now``, or at the beginning of a certificate that was issued after the transaction of
        ``now`` began.
        """
        at = max(now, self.certificate.not_valid_before_utc)
        return signed_data.sign(content, self.key, self.certificate, at=at)


class SigningKeys:
    """Makes an employee's key on first use, and stores it in the instance's folder.

    The first signature of an employee waits for НУЦ; later ones do not.
    """

    def __init__(
        self, folder: Path, url: str, identity: SystemIdentity | None, kind: Literal["rsa", "ec"] = "rsa"
    ) -> None:
        self._folder = folder
        self._url = f"{url}/api/v1/employees"
        self._identity = identity
        self._new_key = keys.new_rsa_key if kind == "rsa" else keys.new_ec_key
        self._known: dict[str, EmployeeSigner] = {}
        self._lock = Lock()

    def find_signer(self, employee: EmployeeRow, now: datetime, distrusted: bytes | None = None) -> EmployeeSigner:
        """The employee's signer, with a certificate in force at ``now``; a new key is certified in the last
        quarter of a certificate's term, and in place of the certificate in a ``distrusted`` document (CMS, DER),
        whose signature was refused.

        Unavailable ``directory-unavailable`` when НУЦ cannot certify a first or a needed other key now,
        ``own-certificate-expired`` when the certificate has ended and НУЦ cannot certify another.
        """
        with self._lock:
            signer = self._known.get(employee.iin) or self._read_signer(employee)
            if signer is not None and signer.has_signed(distrusted or b""):
                signer = None
            if signer is None or signer.is_renewal_due(now):
                signer = self._renew_signer(employee, signer, now)
            self._known[employee.iin] = signer
            return signer

    def _renew_signer(
        self, employee: EmployeeRow, present: EmployeeSigner | None, now: datetime
    ) -> EmployeeSigner:
        """A signer with a new key; the present one while НУЦ is away and its certificate is in force."""
        try:
            return self._certify_employee(employee)
        except Unavailable as error:
            if present is None:
                raise
            log("certificate.not-renewed", owner="employee", code=error.code, error=error.message)
            if now >= present.certificate.not_valid_after_utc:
                raise Unavailable("own-certificate-expired", "the employee's certificate has ended") from None
            return present

    def _key_files(self, employee: EmployeeRow) -> tuple[Path, Path]:
        return self._folder / f"{employee.iin}.key", self._folder / f"{employee.iin}.crt"

    def _read_signer(self, employee: EmployeeRow) -> EmployeeSigner | None:
        key, certificate = self._key_files(employee)
        if not (key.exists() and certificate.exists()):
            return None
        return EmployeeSigner(
            keys.load_key(key.read_bytes(), is_own=True),
            x509.load_pem_x509_certificate(certificate.read_bytes()),
        )

    def certify_own_key(self, employee: EmployeeRow, csr: str) -> str:
        """The certificate (PEM) of a key that the employee keeps; ``csr`` is a PKCS #10 request in PEM.

        Malformed ``csr-malformed``, ``csr-owner`` with the ``expected`` subject; Unavailable
        ``directory-unavailable``.
        """
        try:
            subject = x509.load_pem_x509_csr(csr.encode()).subject
        except ValueError:
            raise Malformed("csr-malformed", "not a PKCS #10 request in PEM") from None
        expected = _subject_of(employee)
        if subject != expected:
            name = expected.rfc4514_string()
            raise Malformed("csr-owner", "the request names another person or place", expected=name)
        return self._request_certificate(employee, csr).decode()

    def _certify_employee(self, employee: EmployeeRow) -> EmployeeSigner:
        key = self._new_key()
        csr = make_csr(key, _subject_of(employee)).public_bytes(Encoding.PEM).decode()
        certificate = self._request_certificate(employee, csr)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, content in zip(self._key_files(employee), (keys.to_pem(key), certificate), strict=True):
            keys.write_private(path, content)
        return EmployeeSigner(key, x509.load_pem_x509_certificate(certificate))

    def _request_certificate(self, employee: EmployeeRow, csr: str) -> bytes:
        role = (
            profile.OrganisationRole.CON_OPERATOR
            if employee.role in CENTRE_ROLES
            else profile.OrganisationRole.EMPLOYEE
        )
        body, identity = to_json({"csr": csr, "role": role}), self._identity
        if identity is None:
            raise Unavailable("directory-unavailable", "this system has no identity yet")
        signature = identity.sign(body, {"to": "is_nuc"})
        headers = {"X-Signature": signature, "Content-Type": "application/json"}
        try:
            answer = httpx.post(
                self._url,
                content=body,
                headers=headers,
                timeout=10,
                verify=server_check(self._url),
                trust_env=uses_proxies(self._url),
            )
        except httpx.HTTPError as error:
            raise Unavailable("directory-unavailable", repr(error)) from None
        if answer.status_code != 201:
            raise Unavailable("directory-unavailable", f"НУЦ answered {answer.status_code}")
        certificate: str = answer.json()["certificate"]
        return certificate.encode()


def _subject_of(employee: EmployeeRow) -> x509.Name:
    return profile.employee_subject(
        employee.iin,
        employee.surname,
        employee.name,
        employee.patronymic,
        organisation=employee.organisation,
        bin_=employee.bin,
    )
