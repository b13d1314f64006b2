"""Employees on the word of a participant: their keys, and the output documents that they sign."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.messages.trust import SystemIdentity
from shared.client.participants import JoinedParticipant
from shared.contracts.organisations import known_organisations
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.cms import signed_data
from tests.journeys.kit import AUTHORITY, LIVING, SERVICE, RunningCountry
from tests.journeys.participants.door_systems import now

TEXT = "Справка о регистрации в качестве безработного"


@dataclass(frozen=True, repr=False)
class EmployeesOf:
    """The employees for whom a participant vouches in the place that it took."""

    country: RunningCountry
    joined: JoinedParticipant

    async def certify(self) -> tuple[keys.PrivateKey, x509.Certificate]:
        """A key of an employee of the authority, certified on this system's word."""
        organisation, person = known_organisations().get_by_office(AUTHORITY), LIVING[30]
        subject = profile.employee_subject(
            person.iin, person.surname, person.name, person.patronymic,
            organisation=organisation.name, bin_=organisation.bin,
        )  # fmt: skip
        key = keys.new_ec_key()
        csr = make_csr(key, subject).public_bytes(Encoding.PEM).decode()
        body = json.dumps({"csr": csr, "role": "employee"}).encode()
        thumbprint = keys.certificate_thumbprint(self.joined.certificate)
        identity = SystemIdentity(self.joined.address, self.joined.key, thumbprint)
        headers = {"X-Signature": identity.sign(body, {"to": "is_nuc"}), "Content-Type": "application/json"}
        issued = await self.country.answer("is_nuc", "POST", "/api/v1/employees", headers=headers, content=body)
        assert issued.status_code == 201, issued.text
        return key, x509.load_pem_x509_certificate(issued.json()["certificate"].encode())

    async def compose_result(self, case: str, iin: str) -> dict[str, str]:
        """The output document signed by the employee, as base64."""
        output = {
            "document": "output",
            "application_id": case,
            "number": "17",
            "regulation": SERVICE,
            "service": TEXT,
            "authority": known_organisations().get_by_office(AUTHORITY).name,
            "applicant": iin,
            "outcome": "positive",
            "text": TEXT,
            "issued_at": now().isoformat(),
        }
        key, certificate = await self.certify()
        at = max(now(), certificate.not_valid_before_utc)
        signed = signed_data.sign(json.dumps(output).encode(), key, certificate, at=at)
        return {"document": base64.b64encode(signed).decode()}
