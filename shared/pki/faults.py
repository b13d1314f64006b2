"""The faults of a public key infrastructure that a test may order: the kinds of faults, and their scope.

A test orders a fault in one of two ways: by a rule on the `FaultBoard`, with a scope, a share and a number of
times, or by a *magic subject*, an ИИН of an invented person whose certificates always have a certain fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock
from types import MappingProxyType

from shared.bus.errors import Malformed, Refused
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


@dataclass(frozen=True)
class FaultRule:
    """A fault on demand: for one person, for one certificate, or for everybody.

    The fault affects `percent` of the occasions, evenly spread and always including the first; after `count`
    affected occasions the rule ends (None: never).
    """

    fault: PkiFault
    iin: str | None = None
    serial: int | None = None
    percent: int = 100
    count: int | None = None

    def __post_init__(self) -> None:
        if self.iin is not None and self.fault.area not in (FaultArea.CERTIFICATE, FaultArea.OCSP):
            raise Malformed("fault-scope", "a fault of lists or time-stamps cannot be for one person")
        if self.serial is not None and (self.fault.area is not FaultArea.OCSP or self.iin is not None):
            raise Malformed("fault-scope", "a serial number is for faults of OCSP only, and without an ИИН")

    @property
    def scope(self) -> tuple[PkiFault, str | None, int | None]:
        return self.fault, self.iin, self.serial

    def is_for(self, area: FaultArea, iin: str | None, serial: int | None) -> bool:
        is_named = self.iin in (None, iin) and self.serial in (None, serial)
        return self.fault.area is area and is_named


@dataclass
class _ActiveRule:
    rule: FaultRule
    occasions: int = 0


MOST_RULES = 1000


class FaultBoard:
    """The active faults, in memory: a restart ends all faults. Safe for threads.

    With `is_on` False there are no faults, and magic subjects are ordinary persons.
    """

    def __init__(self, *, is_on: bool = True) -> None:
        self.is_on = is_on
        self._active: dict[tuple[PkiFault, str | None, int | None], _ActiveRule] = {}
        self._lock = Lock()

    def put_rule(self, rule: FaultRule) -> None:
        """Start a fault, or replace the rule with this fault and scope.

        Refused faults-off where faults are switched off; Malformed fault-limit for more than a thousand rules.
        """
        if not self.is_on:
            raise Refused("faults-off", "faults on demand are switched off here")
        with self._lock:
            if len(self._active) >= MOST_RULES and rule.scope not in self._active:
                raise Malformed("fault-limit", f"at most {MOST_RULES} at once")
            self._active[rule.scope] = _ActiveRule(rule)

    def end_fault(self, fault: PkiFault | None = None) -> None:
        """End a fault in every scope; None ends all faults."""
        with self._lock:
            self._active = {
                scope: active for scope, active in self._active.items() if fault not in (None, scope[0])
            }

    def active_rules(self) -> list[FaultRule]:
        """The active rules; `count` is the number of remaining occasions."""
        with self._lock:
            return [active.rule for active in self._active.values()]

    def has_faults(self, area: FaultArea) -> bool:
        """Whether any fault of this area is active; cached answers must then not be used."""
        return bool(self._active) and any(fault.area is area for fault, _, _ in self._active)

    def magic_subject(self, iin: str | None) -> MagicSubject | None:
        """The magic subject with this ИИН; None where faults are switched off."""
        return find_magic_subject(iin) if self.is_on else None

    def draw_fault(self, area: FaultArea, iin: str | None = None, serial: int | None = None) -> PkiFault | None:
        """The fault of this occasion, or None; each call counts as an occasion."""
        with self._lock:
            for active in list(self._active.values()):
                if active.rule.is_for(area, iin, serial) and self._hits_occasion(active):
                    return active.rule.fault
        return None

    def _hits_occasion(self, active: _ActiveRule) -> bool:
        before, active.occasions = active.occasions, active.occasions + 1
        percent = active.rule.percent
        if -(-before * percent // 100) == -(-active.occasions * percent // 100):
            return False
        if active.rule.count is not None:
            active.rule = replace(active.rule, count=active.rule.count - 1)
            if active.rule.count == 0:
                del self._active[active.rule.scope]
        return True
