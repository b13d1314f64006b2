"""The call with which ШЭП hands a mail to an endpoint: ``sendMessage``, or a notice of a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.shep_gateway.doors.mailbox import MailRow
from services.shep_gateway.doors.mailing import DELIVERY_STATE
from services.shep_gateway.doors.soap.asynchronous.async_writer import (
    describe_state,
    write_pushed_message,
    write_status_change,
)
from services.shep_gateway.doors.soap.asynchronous.sent_states import SentState
from services.shep_gateway.doors.soap.channel_data import MailMessage
from services.shep_gateway.doors.soap.refusal_explanation import write_findings
from shared.bus.messages.message import read_data
from shared.contracts.cases import DeliveryStateChanged


@dataclass(frozen=True)
class PushedCall:
    """An operation of ``IAsyncChannelClient``, and its envelope without a signature."""

    operation: str
    envelope: bytes


def write_call(mail: MailRow, now: datetime) -> PushedCall:
    """The call for a mail; Malformed ``message-data-malformed`` where its data are not what they claim to be."""
    if mail.service_id != DELIVERY_STATE:
        return PushedCall("sendMessage", write_pushed_message(MailMessage.of_mail(mail)))
    notice = read_data(mail.body, DeliveryStateChanged)
    state = SentState(notice.state, mail.arrived_at, notice.error_code, "")
    return PushedCall(
        "changeMassageStatusNotification",
        write_status_change(
            mail.message_id, notice.message_id, describe_state(state), now, _write_reasons(notice)
        ),
    )


def _write_reasons(notice: DeliveryStateChanged) -> str:
    """The code of a refusal, and a line for each finding where the notice explains it; "" otherwise."""
    if notice.explanation is None:
        return ""
    return write_findings(notice.error_code or "", notice.explanation["findings"], "ru")
