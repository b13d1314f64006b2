"""What a victim of the nuclear tests chooses with the application (KZ-AKM.13 and KZ-ATY.19, clause 3).

The compensation goes to a personal account, or to the cash control account of somebody who serves a sentence; the
card is the first one or a duplicate. The acts print no form for the choice: the two fields are ours.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.bus.errors import Malformed
from shared.contracts.documents import ApplicationDocument
from shared.contracts.payments import AccountKind
from shared.workplace.records.decisions import TEXTS

NUCLEAR_TEST_VICTIMS = "nuclear-test-victims"
PAYMENT_ACCOUNT = "payment_account"
CARD = "card"
CARD_VARIANT = "card"
ALLOWED: Mapping[str, frozenset[str]] = {
    PAYMENT_ACCOUNT: frozenset(kind.value for kind in AccountKind),
    CARD: frozenset({"first", "duplicate"}),
}


def check_choices(service_type: str, fields: Mapping[str, str]) -> None:
    """Malformed ``form-invalid`` for a choice that clause 3 does not give; other services have no such fields."""
    if service_type != NUCLEAR_TEST_VICTIMS:
        return
    wrong = [name for name, values in ALLOWED.items() if name in fields and fields[name] not in values]
    if wrong:
        faults = [{"field": name, "code": "choice-unknown", "allowed": sorted(ALLOWED[name])} for name in wrong]
        raise Malformed("form-invalid", "a choice that the act does not give", fields=faults)


def chosen_account(application: ApplicationDocument) -> AccountKind:
    """The kind of account that the applicant chose; the personal account without a choice."""
    return AccountKind(application.fields.get(PAYMENT_ACCOUNT, AccountKind.PERSONAL))


def card_wording(application: ApplicationDocument) -> tuple[str, str] | None:
    """What the result says of the card in Russian and Kazakh: the first one or a duplicate; None for no card."""
    if application.variant != CARD_VARIANT:
        return None
    text = TEXTS[f"card-{application.fields.get(CARD, 'first')}"]
    return text["ru"], text["kk"]
