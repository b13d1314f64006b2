"""The rules by which an order is paid or rejected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from shared.bus.errors import Malformed, Refused
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import OutputDocument
from shared.contracts.payments import AMOUNTS, PAYS, AccountKind, PaymentOrder, account_of
from shared.contracts.population import SyntheticPerson

TIYN = 100


@dataclass(frozen=True)
class PayeeAccount:
    """An account: number, holder, kind, and whether payments to it are possible."""

    number: str
    iin: str
    kind: AccountKind
    is_closed: bool
    is_holder_alive: bool


def check_order(order: PaymentOrder) -> None:
    """Malformed ``payment-period`` when the period ends before it begins."""
    if order.period.last < order.period.first:
        raise Malformed("payment-period", "the period ends before it begins")


def check_decision(order: PaymentOrder, decision: OutputDocument) -> None:
    """Check that the order pays a decision: this case, this applicant, this regulation, and a grant.

    Refused ``payment-mismatch``; ``differs`` names the differing fields.
    """
    named = {
        "case": (decision.application_id, order.case),
        "applicant": (decision.applicant, order.iin),
        "regulation": (decision.regulation, order.regulation),
        "outcome": (decision.outcome, DecisionOutcome.POSITIVE),
    }
    if differing := [name for name, (left, right) in named.items() if left != right]:
        raise Refused("payment-mismatch", "the order is not what was decided", differs=differing)


def most_tiyn(service_type: str) -> int:
    """The sum in tiyn that a case of a paying service may cost."""
    return to_tiyn(AMOUNTS[service_type])


def rejection_code(order: PaymentOrder, payee_account: PayeeAccount | None, *, is_payee_known: bool) -> str | None:
    """The code for which the order is rejected, or None; ``payee_account`` is the account with the order's
    number.
    """
    if order.regulation not in PAYS.get(order.service_type, ()):
        return "service-does-not-pay"
    if not is_payee_known:
        return "payee-unknown"
    if payee_account is None or (payee_account.iin, payee_account.kind) != (order.iin, order.account_kind):
        return "account-unknown"
    if not payee_account.is_holder_alive:
        return "payee-deceased"
    return "account-closed" if payee_account.is_closed else None


def order_fingerprint(order: PaymentOrder) -> str:
    """The SHA-256 of an order in hex: equal for orders of equal content, however their amounts are written."""
    spelled = order.model_copy(update={"amount_tenge": to_tenge(to_tiyn(order.amount_tenge))})
    return sha256(spelled.model_dump_json().encode()).hexdigest()


def to_tiyn(amount: Decimal) -> int:
    """An amount of tenge in tiyn."""
    return int(amount * TIYN)


def to_tenge(amount: int) -> Decimal:
    """An amount of tiyn in tenge, with two decimal places."""
    return (Decimal(amount) / TIYN).quantize(Decimal("0.01"))


def synthetic_accounts(people: Iterable[SyntheticPerson]) -> Iterator[PayeeAccount]:
    """A personal account for every person, one in fifty of them closed; a cash control account for one person in a
    hundred.
    """
    for n, person in enumerate(people):
        yield _make_account(person, AccountKind.PERSONAL, is_closed=n % 50 == 49)
        if n % 100 == 10:
            yield _make_account(person, AccountKind.CASH_CONTROL, is_closed=False)


def _make_account(person: SyntheticPerson, kind: AccountKind, *, is_closed: bool) -> PayeeAccount:
    return PayeeAccount(account_of(person.iin, kind), person.iin, kind, is_closed, person.is_alive)
