"""A phone with keys of the tests' own centre."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

from shared.client.keystore import KeyEntry
from shared.phone.links import PhoneApp
from shared.phone.mishaps import PhoneMishap
from shared.phone.network import PhoneNetwork
from shared.phone.session import PhoneSession, PhoneSettings
from shared.phone.signing import PhoneOwner
from shared.phone.steps import PhoneReport
from shared.pki.certificates.profile import CertificateKind
from tests.pki.pki_centre import NOW, OTHER_IIN, centre, subject


@cache
def make_owner(kind: CertificateKind = CertificateKind.INDIVIDUAL) -> PhoneOwner:
    issuing = (centre().issuing,)
    sign = KeyEntry(*centre().issue(kind), issuing)
    return PhoneOwner(sign, KeyEntry(*centre().issue(CertificateKind.INDIVIDUAL_AUTH), issuing))


@cache
def make_stranger() -> PhoneOwner:
    kind = CertificateKind.INDIVIDUAL
    return PhoneOwner(KeyEntry(*centre().issue(kind, subject=subject(kind, OTHER_IIN))))


def scan(
    text: str,
    mishap: PhoneMishap = PhoneMishap.NONE,
    *,
    owner: PhoneOwner | None = None,
    app: PhoneApp = PhoneApp.MOBILE,
    network: PhoneNetwork | None = None,
    **further: Any,
) -> PhoneReport:
    """Play one scan to its end."""
    settings = PhoneSettings(app, mishap, further.pop("delay", 0.2))
    session = PhoneSession(
        owner or make_owner(), network or PhoneNetwork(), lambda: NOW, settings, make_stranger(), **further
    )
    return asyncio.run(session.run(text))
