"""The wiring of the doors: their HTTP routes, and the objects that they look up by class."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Response

from services.shep_gateway import handlers
from services.shep_gateway.console.sending_again import MessageRelay
from services.shep_gateway.doors.awaited_answers import AwaitedAnswers
from services.shep_gateway.doors.checking import endpoints as message_checks
from services.shep_gateway.doors.door_keys import DoorKeys
from services.shep_gateway.doors.exchanges import ExchangeLog, purge_exchanges
from services.shep_gateway.doors.key_renewal import read_door_terms, renew_door_keys
from services.shep_gateway.doors.membership import claims, joining, views
from services.shep_gateway.doors.membership.joining import BrokerAccess
from services.shep_gateway.doors.participant_limits import ParticipantLimits
from services.shep_gateway.doors.participants import KnownParticipants
from services.shep_gateway.doors.push import endpoints
from services.shep_gateway.doors.push.push_client import PushClient
from services.shep_gateway.doors.push.push_job import push_mail
from services.shep_gateway.doors.rest import chains, exchange_list, mail_stream, messages, signed_messages
from services.shep_gateway.doors.soap import descriptions, sync_channel
from services.shep_gateway.doors.soap.answer_key import AnswerKeys
from services.shep_gateway.doors.soap.asynchronous import async_channel
from services.shep_gateway.doors.soap.asynchronous.async_reader import ASYNC_TYPES
from services.shep_gateway.doors.soap.channel_reader import SYNC_TYPES
from services.shep_gateway.doors.soap.signed_calls import render_fault
from services.shep_gateway.doors.webhooks import endpoints as webhooks
from services.shep_gateway.doors.webhooks.deliveries import post_events
from services.shep_gateway.doors.webhooks.webhook_client import WebhookClient
from shared.bus.errors import BusError
from shared.bus.http.endpoints import Texts, problem_response
from shared.bus.http.live_streams import LiveStreams, watch_streams
from shared.bus.profiles import ActiveProfile
from shared.bus.service import WiringContext

ROUTERS = (
    views.router,
    joining.router,
    claims.router,
    endpoints.router,
    messages.router,
    exchange_list.router,
    chains.router,
    mail_stream.router,
    signed_messages.router,
    message_checks.router,
    webhooks.router,
    sync_channel.router,
    async_channel.router,
    descriptions.router,
)
SHORT_WAYS = (messages.SHORT_WAY, *sync_channel.SHORT_WAYS)
SOAP_NAMESPACES = {**dict.fromkeys(sync_channel.PATHS, SYNC_TYPES), async_channel.PATH: ASYNC_TYPES}
FIRST_OPERATIONS = {SYNC_TYPES: "SendMessage", ASYNC_TYPES: "sendMessage"}
OF_DESCRIPTIONS = {"description-unknown", "method-not-allowed"}
"""The errors at the SOAP paths that no SOAP client sees."""
read_terms = read_door_terms
BACKGROUND_JOBS = (purge_exchanges, push_mail, post_events, renew_door_keys, watch_streams)


def render_error(path: str, error: BusError, texts: Texts, tag: str, status: int | None = None) -> Response:
    """A SOAP fault at the SOAP paths, elsewhere a problem (an ``ErrorRenderer``)."""
    namespace = SOAP_NAMESPACES.get(path)
    if namespace is None or error.code in OF_DESCRIPTIONS:
        return problem_response(error, texts, tag, status)
    return render_fault(error, namespace, FIRST_OPERATIONS[namespace])


def make_resources(context: WiringContext) -> Iterable[object]:
    """The door keys, the calls to endpoints, the key of SOAP answers; ШЭП's identity, with which mail is
    sealed; the profile; how a message passes once more.
    """
    nuc_url, identity = context.settings.nuc_url, context.identity
    yield from (
        DoorKeys(context.home, nuc_url),
        ExchangeLog(),
        LiveStreams(mail_stream.SOURCE),
        AwaitedAnswers(),
        KnownParticipants(),
    )
    yield MessageRelay(handlers.relay_again)
    yield ActiveProfile(context.settings.profile)
    yield BrokerAccess(is_there=context.settings.amqp_url is not None)
    yield PushClient(context.settings.allowed_push_hosts, context.settings.replica)
    yield WebhookClient(context.settings.allowed_push_hosts)
    yield ParticipantLimits(context.settings.calls_of_participant)
    if identity is not None:
        yield from (identity, AnswerKeys(context.home, nuc_url, identity))
