"""The troubles of a public key infrastructure that a test may ask for: a closed vocabulary, and when they strike.

Two ways to ask. A rule on the `Board`, which says for whom, how often and how many times. Or a *magic subject*: a
number of a person who never lived, whose certificates always have the same trouble.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock
from types import MappingProxyType

from shared.bus.errors import Malformed, Refused


class Area(StrEnum):
    """What is troubled."""

    CERTIFICATE = "certificate"
    OCSP = "ocsp"
    CRL = "crl"
    TSA = "tsa"


class Fault(StrEnum):
    """One trouble; the word before the first hyphen is its area."""

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
    def area(self) -> Area:
        return Area(self.value.partition("-")[0])


@dataclass(frozen=True)
class MagicSubject:
    """Somebody who never lived, born before anybody of the synthetic population, with one trouble for ever."""

    iin: str
    fault: Fault
    surname: str
    name: str
    told: Mapping[str, str]
    """What happens, in ru, kk, en."""


def _magic(iin: str, fault: Fault, name: str, ru: str, kk: str, en: str) -> MagicSubject:
    return MagicSubject(iin, fault, "ИСПЫТАТЕЛЬ", name, MappingProxyType({"ru": ru, "kk": kk, "en": en}))


OTHER_IIN = "010113100142"
"""Whose number stands in a certificate with the wrong ИИН."""

MAGIC_SUBJECTS: tuple[MagicSubject, ...] = (
    _magic(
        "010101100018",
        Fault.CERTIFICATE_EXPIRED,
        "ИСТЕК",
        "Свидетельство выдаётся с истекшим сроком",
        "Куәлік мерзімі өткен күйде беріледі",
        "The certificate is issued with its term over",
    ),
    _magic(
        "010102200024",
        Fault.CERTIFICATE_NOT_YET_VALID,
        "РАНО",
        "Срок свидетельства начнётся через год",
        "Куәліктің мерзімі бір жылдан кейін басталады",
        "The term of the certificate begins in a year",
    ),
    _magic(
        "010103100039",
        Fault.CERTIFICATE_REVOKED,
        "ОТОЗВАН",
        "Свидетельство отзывается в момент выдачи",
        "Куәлік берілген сәтте кері қайтарып алынады",
        "The certificate is revoked the moment it is issued",
    ),
    _magic(
        "010104200040",
        Fault.CERTIFICATE_WRONG_ISSUER,
        "ЧУЖОЙ",
        "Свидетельство подписано чужим центром с тем же именем",
        "Куәлікке аты бірдей бөтен орталық қол қойған",
        "The certificate is signed by a strange centre of the same name",
    ),
    _magic(
        "010105100053",
        Fault.CERTIFICATE_WRONG_PURPOSE,
        "НЕТОТ",
        "Вместо свидетельства подписи выдаётся свидетельство входа, и наоборот",
        "Қол қою куәлігінің орнына кіру куәлігі беріледі, және керісінше",
        "A certificate for logins is issued instead of one for signatures, and the reverse",
    ),
    _magic(
        "010106200061",
        Fault.CERTIFICATE_WRONG_IIN,
        "ДРУГОЙ",
        "В свидетельстве стоит ИИН другого лица",
        "Куәлікте басқа адамның ЖСН-і тұр",
        "The certificate names another person's ИИН",
    ),
    _magic(
        "010107100070",
        Fault.CERTIFICATE_BROKEN_SIGNATURE,
        "СЛОМАН",
        "Подпись центра под свидетельством испорчена",
        "Куәлік астындағы орталықтың қолтаңбасы бүлінген",
        "The centre's signature under the certificate is broken",
    ),
    _magic(
        "010108200082",
        Fault.OCSP_TRY_LATER,
        "ПОЗЖЕ",
        "OCSP отвечает: повторите позже",
        "OCSP жауабы: кейінірек қайталаңыз",
        "OCSP answers: try later",
    ),
    _magic(
        "010109100091",
        Fault.OCSP_MALFORMED,
        "МУСОР",
        "OCSP отвечает неразборчивыми байтами",
        "OCSP оқылмайтын байттармен жауап береді",
        "OCSP answers with bytes that nobody can read",
    ),
    _magic(
        "010110200102",
        Fault.OCSP_STALE,
        "СТАРО",
        "OCSP даёт верно подписанный, но давно устаревший ответ",
        "OCSP дұрыс қол қойылған, бірақ ескірген жауап береді",
        "OCSP gives an answer that is rightly signed and long out of date",
    ),
    _magic(
        "010111100111",
        Fault.OCSP_SILENT,
        "МОЛЧИТ",
        "OCSP молчит, затем обрывает соединение",
        "OCSP үндемейді, содан кейін байланысты үзеді",
        "OCSP is silent, then cuts the connection",
    ),
    _magic(
        "010112200123",
        Fault.OCSP_UNAUTHORIZED,
        "ОТКАЗ",
        "OCSP отвечает: не уполномочен",
        "OCSP жауабы: өкілеттігі жоқ",
        "OCSP answers: not authorised",
    ),
)
"""Every magic subject. The numbers are of births in January 1801; the synthetic population is born from 1850."""

_BY_IIN: Mapping[str, MagicSubject] = MappingProxyType({one.iin: one for one in MAGIC_SUBJECTS})


def magic(iin: str | None) -> MagicSubject | None:
    """The magic subject of this number."""
    return None if iin is None else _BY_IIN.get(iin)


@dataclass(frozen=True)
class Rule:
    """A trouble on demand: for one person, for one certificate, or for everybody.

    `percent` of the occasions are hit, evenly spread and the first one always, so that a test can count on it;
    after `count` hits the rule is used up (None: never).
    """

    fault: Fault
    iin: str | None = None
    serial: int | None = None
    percent: int = 100
    count: int | None = None

    def __post_init__(self) -> None:
        if self.iin is not None and self.fault.area not in (Area.CERTIFICATE, Area.OCSP):
            raise Malformed("fault-scope", "lists and time-stamps are nobody's: this trouble is for everybody")
        if self.serial is not None and (self.fault.area is not Area.OCSP or self.iin is not None):
            raise Malformed("fault-scope", "a serial number alone, and only for answers of OCSP")

    @property
    def scope(self) -> tuple[Fault, str | None, int | None]:
        return self.fault, self.iin, self.serial

    def is_for(self, area: Area, iin: str | None, serial: int | None) -> bool:
        is_named = self.iin in (None, iin) and self.serial in (None, serial)
        return self.fault.area is area and is_named


@dataclass
class _Active:
    rule: Rule
    occasions: int = 0


MOST_RULES = 1000


class Board:
    """The troubles that are asked for now. In memory: a restart ends them. Safe for threads.

    With `is_on` False there is no trouble, and a magic subject is a person like any other.
    """

    def __init__(self, *, is_on: bool = True) -> None:
        self.is_on = is_on
        self._active: dict[tuple[Fault, str | None, int | None], _Active] = {}
        self._lock = Lock()

    def put(self, rule: Rule) -> None:
        """Begin, or begin anew with another share and count.

        Refused faults-off: this is no sandbox. Malformed fault-limit: a thousand at once.
        """
        if not self.is_on:
            raise Refused("faults-off", "there is no trouble on demand here")
        with self._lock:
            if len(self._active) >= MOST_RULES and rule.scope not in self._active:
                raise Malformed("fault-limit", f"at most {MOST_RULES} at once")
            self._active[rule.scope] = _Active(rule)

    def drop(self, fault: Fault | None = None) -> None:
        """End this trouble for everybody it was asked for; None: end all."""
        with self._lock:
            self._active = {scope: one for scope, one in self._active.items() if fault not in (None, scope[0])}

    def rules(self) -> list[Rule]:
        """What is asked for now; `count` is what is left of it."""
        with self._lock:
            return [one.rule for one in self._active.values()]

    def touches(self, area: Area) -> bool:
        """Whether anything at all is asked for in this area: answers made before may not be given now."""
        return bool(self._active) and any(fault.area is area for fault, _, _ in self._active)

    def magic(self, iin: str | None) -> MagicSubject | None:
        """The magic subject of this number, where there are any."""
        return magic(iin) if self.is_on else None

    def strike(self, area: Area, iin: str | None = None, serial: int | None = None) -> Fault | None:
        """The trouble that this occasion has, if any. Asking is the occasion: it counts."""
        with self._lock:
            for one in list(self._active.values()):
                if one.rule.is_for(area, iin, serial) and self._hits(one):
                    return one.rule.fault
        return None

    def _hits(self, one: _Active) -> bool:
        before, one.occasions = one.occasions, one.occasions + 1
        percent = one.rule.percent
        if -(-before * percent // 100) == -(-one.occasions * percent // 100):
            return False
        if one.rule.count is not None:
            one.rule = replace(one.rule, count=one.rule.count - 1)
            if one.rule.count == 0:
                del self._active[one.rule.scope]
        return True
