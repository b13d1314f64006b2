"""Signatures of the recorded people with keys of the country in which the recording is played."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from cryptography import x509

from shared.client import CertifiedPerson, certify_person
from shared.pki.certificates.keys import new_ec_key
from shared.pki.verification.check import signer_info


class PersonSignatures:
    """Has НУЦ certify each person once, as the sandbox does for everybody who asks."""

    def __init__(self, nuc_url: str, now: Callable[[], datetime]) -> None:
        self._nuc_url = nuc_url
        self._now = now
        self._people: dict[str, CertifiedPerson] = {}

    async def sign_anew(self, certificate: x509.Certificate, content: bytes) -> bytes | None:
        """The CMS over a content by the person of a certificate; None where the certificate is of no person, or of
        one who acts for an organisation.
        """
        info = signer_info(certificate)
        if info.iin is None or info.bin is not None:
            return None
        if info.iin not in self._people:
            surname = info.surname or info.common_name
            name = info.common_name.removeprefix(surname).strip() or surname
            self._people[info.iin] = await certify_person(
                self._nuc_url, info.iin, surname, name, info.patronymic or "", key=new_ec_key()
            )
        return self._people[info.iin].sign(content, self._now())
