"""Payment orders to ГЦВП, the answers of ГЦВП, and account numbers.

An account number (ИИК) is an IBAN of Kazakhstan: ``KZ``, two check digits, three digits of the bank, thirteen
letters or digits. The accounts here belong to synthetic people only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Base64Bytes, Field

from shared.bus.errors import Malformed
from shared.bus.messages.message import Identifier, MessageContract, MessageType, WireModel
from shared.contracts.registers import Iin

PAYMENT_SERVICE = "gcvp-payment"

PAYS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "child-allowance": frozenset({"KZ-AKM.2", "KZ-ATY.6"}),
        "home-taught-children-support": frozenset({"KZ-AKM.5", "KZ-ATY.9", "KZ-YUZ.4"}),
        "targeted-social-assistance": frozenset({"KZ-AKM.7", "KZ-ATY.7", "KZ-SEV.1"}),
        "housing-assistance": frozenset({"KZ-ATY.8"}),
        "needy-citizens-assistance": frozenset({"KZ-AKM.15", "KZ-ATY.11"}),
        "fuel-assistance": frozenset({"KZ-AKM.19", "KZ-ATY.12"}),
        "nuclear-test-victims": frozenset({"KZ-AKM.13", "KZ-ATY.19"}),
    }
)
"""The services that end in a payment, and their regulations. Only the last names ГЦВП
(docs/reference/divergences.md).
"""

AMOUNTS: Mapping[str, Decimal] = MappingProxyType(
    {
        "child-allowance": Decimal("1982.00"),
        "home-taught-children-support": Decimal("11892.00"),
        "targeted-social-assistance": Decimal("9000.00"),
        "housing-assistance": Decimal("5000.00"),
        "needy-citizens-assistance": Decimal("20000.00"),
        "fuel-assistance": Decimal("7928.00"),
        "nuclear-test-victims": Decimal("39640.00"),
    }
)
"""Tenge that one case may cost, by service type: invented (docs/reference/divergences.md), because the acts name
no sums.
"""

SYNTHETIC_BANK = "999"

Money = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2, allow_inf_nan=False)]
"""Tenge with tiyn: at most 9,999,999,999.99. A string in JSON."""

Account = Annotated[str, Field(pattern=r"^KZ[0-9]{5}[0-9A-Z]{13}$")]


class AccountKind(StrEnum):
    """The kinds of accounts that receive the compensation (Akmola 13 and Atyrau 19, п. 3)."""

    PERSONAL = "personal"
    """The recipient's personal account (лицевой счёт)."""
    CASH_CONTROL = "cash-control"
    """The cash control account of temporarily placed money, for recipients who serve a sentence."""


class PaymentPeriod(WireModel):
    """The days that the payment is for, both included; a single payment has one day twice."""

    first: date
    last: date


class PaymentOrder(MessageContract):
    """To ГЦВП: pay this order once. ``order_id`` is chosen by the payer and identifies the order for ever.

    ``case`` is the case that was granted, ``decision`` its output document: a CMS signed by an employee of the
    provider, which ГЦВП compares with the order.
    """

    contract: ClassVar[str] = "payment-order/2"
    message_type: ClassVar[MessageType] = MessageType.REQUEST

    order_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,80}$")]
    case: Identifier
    decision: Base64Bytes
    iin: Iin
    service_type: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
    regulation: Annotated[str, Field(pattern=r"^KZ-[A-Z]{3}\.[0-9]{1,2}$")]
    amount_tenge: Money
    purpose: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    period: PaymentPeriod
    account: Account
    account_kind: AccountKind = AccountKind.PERSONAL


class PaymentState(StrEnum):
    """The final state of an order."""

    EXECUTED = "executed"
    REJECTED = "rejected"


class PaymentExecuted(MessageContract):
    """From ГЦВП: the order was executed or rejected. A repeated order gets the first answer again."""

    contract: ClassVar[str] = "payment-executed/1"
    message_type: ClassVar[MessageType] = MessageType.RESPONSE

    order_id: str
    state: PaymentState
    code: str | None = None
    """The reason of a rejection: service-does-not-pay, payee-unknown, account-unknown, payee-deceased,
    account-closed, amount-exceeded.
    """
    executed_at: AwareDatetime


def check_iban(text: str) -> str:
    """``text`` itself when it is a well-formed account number of Kazakhstan.

    Raises Malformed: account-format, account-check-digits.
    """
    if not (len(text) == 20 and text.isascii() and text.isalnum() and text.isupper()):
        raise Malformed("account-format", "an account number has twenty capital letters and digits")
    if not (text.startswith("KZ") and text[2:7].isdigit()):
        raise Malformed("account-format", "KZ, two check digits, a bank's three digits, thirteen of the account")
    if _remainder_of_97(text[4:] + text[:4]) != 1:
        raise Malformed("account-check-digits", "the check digits do not agree with the rest")
    return text


def make_iban(bank: str, number: str) -> str:
    """The account number with the bank's three digits and the account's thirteen letters or digits."""
    check = 98 - _remainder_of_97(f"{bank}{number}KZ00")
    return check_iban(f"KZ{check:02}{bank}{number}")


def account_of(iin: str, kind: AccountKind = AccountKind.PERSONAL) -> str:
    """The account of this kind of a synthetic person, derived from the ИИН alone."""
    digest = sha256(f"{kind}:{iin}".encode()).hexdigest()[:12].upper()
    return make_iban(SYNTHETIC_BANK, f"{kind[0].upper()}{digest}")


def _remainder_of_97(text: str) -> int:
    """The remainder modulo 97; a letter counts as two digits (ISO 7064, MOD 97-10)."""
    return int("".join(str(int(character, 36)) for character in text)) % 97
