"""What departs from the contract of the channels: shown in the exchange, and refused at a strict door."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from email.message import Message
from typing import Protocol

from services.shep_gateway.doors.exchanges import DoorExchange
from services.shep_gateway.doors.participants import Participant
from services.shep_gateway.doors.soap.channel_reader import Deviation
from shared.bus.errors import Malformed

SOAP_TYPE = "text/xml"


class DeviatingCall(Protocol):
    """A call of any channel, as it was read."""

    @property
    def deviations(self) -> Sequence[Deviation]: ...


def note_deviations(exchange: DoorExchange, deviations: Iterable[Deviation], participant: Participant) -> None:
    """Note the deviations of a call whose sender is proved.

    Malformed ``soap-deviation`` with the first of them when the participant's setting, or the header ``X-Strict:
    true``, asks for a strict door.
    """
    if not _is_soap_type(exchange.content_type):
        exchange.deviations.append(("content-type", exchange.content_type[:60] or "Content-Type"))
    exchange.deviations += [(deviation.code, deviation.element) for deviation in deviations]
    if exchange.deviations and (participant.is_strict or exchange.wants_strictness):
        code, element = exchange.deviations[0]
        raise Malformed("soap-deviation", f"{code}: {element}", deviation=code, element=element)


def _is_soap_type(content_type: str) -> bool:
    header = Message()
    header["Content-Type"] = content_type
    return bool(content_type) and header.get_content_type() == SOAP_TYPE
