"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing import Literal, TypeAlias

from typing_extensions import TypedDict

from shared.client.models.common import (
    AuditEntryView as AuditEntryView,
    AuditVerificationView as AuditVerificationView,
    BothClocksView as BothClocksView,
    DeadLetterView as DeadLetterView,
    FindingTexts as FindingTexts,
    HealthView as HealthView,
    ParkedMessageView as ParkedMessageView,
    PaymentState as PaymentState,
    Problem as Problem,
    ReadinessProblemView as ReadinessProblemView,
    ReadinessView as ReadinessView,
    StuckMessagesView as StuckMessagesView,
    WhereaboutsFindingView as WhereaboutsFindingView,
)


class AccountChangeRequest(TypedDict, closed=True):
    """
    Whether the account is closed to payments.
    """

    is_closed: bool
    """
    Whether the account is closed and takes no payment.
    """


AccountKind: TypeAlias = Literal["personal", "cash-control"]


class PayeeAccountView(TypedDict):
    """
    An account of a synthetic person.
    """

    number: str
    """
    The number of the account, an IBAN of Kazakhstan of 20 characters.
    """
    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    kind: AccountKind
    """
    Whether the account is the person's own or one for cash control.
    """
    is_closed: bool
    """
    Whether the account is closed and takes no payment.
    """
    is_holder_alive: bool
    """
    Whether the holder of the account lives.
    """


class PayeePaymentView(TypedDict):
    """
    A payment as its recipient sees it: without the ИИН, and with the last four digits of the account.
    """

    service_type: str
    """
    The service type, the same for a service in several regions.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    amount_tenge: str
    """
    The amount in tenge, with two decimals for tiyn, as text.
    """
    period_first: str
    """
    The first day of the period that is paid for.
    """
    period_last: str
    """
    The last day of the period that is paid for.
    """
    account: str
    """
    The bank account (IBAN of Kazakhstan) to which the money goes.
    """
    executed_at: str
    """
    When the payment was made; none before.
    """


class PaymentTotalView(TypedDict):
    """
    The number and the sum of a service's orders in one state; rejected orders were not paid.
    """

    service_type: str
    """
    The service type, the same for a service in several regions.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    state: PaymentState
    """
    Whether the payments were executed or rejected.
    """
    count: int
    """
    How many payments the line stands for.
    """
    amount_tenge: str
    """
    The amount in tenge, with two decimals for tiyn, as text.
    """


class PaymentView(TypedDict):
    """
    An entry of the ledger; ``amount_tenge`` is a decimal number in a string.
    """

    n: int
    """
    The number of the payment.
    """
    payer: str
    """
    The address of the system that gave the order.
    """
    order_id: str
    """
    The id of the order at its payer.
    """
    case: str
    """
    The case, by its id or its number at the authority.
    """
    iin: str
    """
    The ИИН of a person, twelve digits.
    """
    service_type: str
    """
    The service type, the same for a service in several regions.
    """
    regulation: str
    """
    The id of the regulation: region and annex, as KZ-YUZ.3.
    """
    amount_tenge: str
    """
    The amount in tenge, with two decimals for tiyn, as text.
    """
    purpose: str
    """
    What the payment is for, in the words of its payer.
    """
    period_first: str
    """
    The first day of the period that is paid for.
    """
    period_last: str
    """
    The last day of the period that is paid for.
    """
    account: str
    """
    The bank account (IBAN of Kazakhstan) to which the money goes.
    """
    account_kind: AccountKind
    """
    Whose account it is, or what it is for.
    """
    state: PaymentState
    """
    Whether the payment was executed or rejected.
    """
    code: str | None
    """
    A stable code for programs that says what is wrong; none where nothing is.
    """
    executed_at: str
    """
    When the payment was made; none before.
    """
