"""The wiring of the doors: their HTTP routes, and the objects that they look up by class."""

from __future__ import annotations

from collections.abc import Iterable

from services.shep_gateway.doors import joining
from services.shep_gateway.doors.door_keys import DoorKeys
from services.shep_gateway.doors.exchanges import ExchangeLog, purge_exchanges
from services.shep_gateway.doors.rest import chains, exchange_list, messages
from services.shep_gateway.doors.soap import descriptions, sync_channel
from services.shep_gateway.doors.soap.answer_key import AnswerKeys
from shared.bus.service import WiringContext

ROUTERS = (
    joining.router,
    messages.router,
    exchange_list.router,
    chains.router,
    sync_channel.router,
    descriptions.router,
)
BACKGROUND_JOBS = (purge_exchanges,)


def make_resources(context: WiringContext) -> Iterable[object]:
    """The door keys and the key of SOAP answers; ШЭП's identity, with which mail is sealed."""
    nuc_url, identity = context.settings.nuc_url, context.identity
    yield from (DoorKeys(context.home, nuc_url), ExchangeLog())
    if identity is not None:
        yield from (identity, AnswerKeys(context.home, nuc_url, identity))
