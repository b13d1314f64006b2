"""The faults of a public key infrastructure that a test may order: the kinds of faults, and their scope.

A test orders a fault in one of two ways: by a rule (`shared.sandbox.fault_board`), with a scope, a share and a
number of times, or by a *magic subject*, an ИИН of an invented person whose certificates always have a certain
fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.texts.catalog import Translations, texts_beside

_EXPLANATIONS = texts_beside(__file__, file="fault_texts.yaml")


class FaultArea(StrEnum):
    """The service of НУЦ that has the fault."""

    CERTIFICATE = "certificate"
    OCSP = "ocsp"
    CRL = "crl"
    TSA = "tsa"


class PkiFault(StrEnum):
    """The kinds of faults; the word before the first hyphen is the area."""

    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_NOT_YET_VALID = "certificate-not-yet-valid"
    CERTIFICATE_REVOKED = "certificate-revoked"
    CERTIFICATE_WRONG_ISSUER = "certificate-wrong-issuer"
    CERTIFICATE_WRONG_PURPOSE = "certificate-wrong-purpose"
    CERTIFICATE_WRONG_IIN = "certificate-wrong-iin"
    CERTIFICATE_BROKEN_SIGNATURE = "certificate-broken-signature"
    OCSP_TRY_LATER = "ocsp-try-later"
    OCSP_MALFORMED = "ocsp-malformed"
    OCSP_STALE = "ocsp-stale"
    OCSP_SILENT = "ocsp-silent"
    OCSP_UNAUTHORIZED = "ocsp-unauthorized"
    CRL_MISSING = "crl-missing"
    CRL_STALE = "crl-stale"
    CRL_MALFORMED = "crl-malformed"
    TSA_REFUSING = "tsa-refusing"
    TSA_SILENT = "tsa-silent"
    TSA_WRONG_IMPRINT = "tsa-wrong-imprint"

    @property
    def area(self) -> FaultArea:
        return FaultArea(self.value.partition("-")[0])


@dataclass(frozen=True)
class MagicSubject:
    """An invented person, born before every person of the synthetic population, whose certificates always have one
    fault."""

    iin: str
    fault: PkiFault
    name: str
    surname: str = "ИСПЫТАТЕЛЬ"

    @property
    def explanations(self) -> Translations:
        """The description of the fault in ru, kk and en."""
        return _EXPLANATIONS[self.fault]


OTHER_IIN = "010113100142"
"""The ИИН in a certificate with the wrong ИИН."""

MAGIC_SUBJECTS: tuple[MagicSubject, ...] = (
    MagicSubject("010101100018", PkiFault.CERTIFICATE_EXPIRED, "ИСТЕК"),
    MagicSubject("010102200024", PkiFault.CERTIFICATE_NOT_YET_VALID, "РАНО"),
    MagicSubject("010103100039", PkiFault.CERTIFICATE_REVOKED, "ОТОЗВАН"),
    MagicSubject("010104200040", PkiFault.CERTIFICATE_WRONG_ISSUER, "ЧУЖОЙ"),
    MagicSubject("010105100053", PkiFault.CERTIFICATE_WRONG_PURPOSE, "НЕТОТ"),
    MagicSubject("010106200061", PkiFault.CERTIFICATE_WRONG_IIN, "ДРУГОЙ"),
    MagicSubject("010107100070", PkiFault.CERTIFICATE_BROKEN_SIGNATURE, "СЛОМАН"),
    MagicSubject("010108200082", PkiFault.OCSP_TRY_LATER, "ПОЗЖЕ"),
    MagicSubject("010109100091", PkiFault.OCSP_MALFORMED, "МУСОР"),
    MagicSubject("010110200102", PkiFault.OCSP_STALE, "СТАРО"),
    MagicSubject("010111100111", PkiFault.OCSP_SILENT, "МОЛЧИТ"),
    MagicSubject("010112200123", PkiFault.OCSP_UNAUTHORIZED, "ОТКАЗ"),
)
"""Every magic subject. The numbers are of births in January 1801; the synthetic population is born from 1850."""

_BY_IIN: Mapping[str, MagicSubject] = MappingProxyType({subject.iin: subject for subject in MAGIC_SUBJECTS})


def find_magic_subject(iin: str | None) -> MagicSubject | None:
    """The magic subject of this number."""
    return None if iin is None else _BY_IIN.get(iin)
