"""The envelopes that ШЭП writes at its SOAP doors, and the ways in which the kit spoils them."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4
from xml.sax.saxutils import escape

from services.tools.conformance.kit_keys import KeyPair
from services.tools.conformance.roles.samples import iso_now
from shared.pki.xml.wsse import SOAP_11, KeyInfoForm, sign_body

SYNC_TYPES = "http://bip.bee.kz/SyncChannel/v10/Types"
ASYNC_TYPES = "http://bip.bee.kz/AsyncChannel/v10/Types"
CLIENT_TYPES = "http://bip.bee.kz/AsyncChannel/v10/Types/Client"
KDP = "http://service.2fa-chain.kz/ns/kdp"
XML = "text/xml; charset=utf-8"
DONE, NOTHING_FOUND = "SCSS001", "SCSE001"


def write_envelope(content: str, prefix: str = "soap") -> bytes:
    """An envelope with this content of the Body."""
    return (
        f'<{prefix}:Envelope xmlns:{prefix}="{SOAP_11}">'
        f"<{prefix}:Body>{content}</{prefix}:Body></{prefix}:Envelope>"
    ).encode()


def sign_envelope(envelope: bytes, pair: KeyPair, form: KeyInfoForm = KeyInfoForm.KEY_IDENTIFIER) -> bytes:
    """The envelope with its Body signed."""
    return sign_body(envelope, pair.key, pair.certificate, key_info=form)


def write_sync_answer(message_id: str, code: str, message: str, data: str = "") -> bytes:
    """``SendMessageResponse``; ``data`` is the content of the element of this name."""
    carried = f"<responseData><data>{data}</data></responseData>" if data else ""
    return write_envelope(
        f'<ns2:SendMessageResponse xmlns:ns2="{SYNC_TYPES}"><response><responseInfo>'
        f"<messageId>{escape(message_id)}</messageId><responseDate>{iso_now()}</responseDate>"
        f"<status><code>{code}</code><message>{escape(message)}</message></status>"
        f"<sessionId>{{{uuid4()}}}</sessionId></responseInfo>{carried}</response></ns2:SendMessageResponse>"
    )


def write_fault(namespace: str, operation: str, code: str, message: str, *, is_clients: bool = True) -> bytes:
    """A fault of ШЭП's, of which the caller is the cause, or ШЭП itself."""
    party = "Client" if is_clients else "Server"
    name = f"{operation}Fault1_{operation}Fault"
    return write_envelope(
        f"<soap:Fault><faultcode>soap:{party}</faultcode><faultstring>{escape(message)}</faultstring>"
        f'<detail><ns2:{name} xmlns:ns2="{namespace}"><errorCode>{code}</errorCode>'
        f"<errorMessage>{escape(message)}</errorMessage><errorDate>{iso_now()}</errorDate></ns2:{name}></detail>"
        "</soap:Fault>"
    )


@dataclass(frozen=True)
class ChannelMessage:
    """A message of AsyncChannel as ШЭП delivers it; ``data`` is the content of the element of this name."""

    service_id: str
    message_type: str
    data: str
    message_id: str = field(default_factory=lambda: f"{{{uuid4()}}}")
    correlation_id: str = field(default_factory=lambda: f"{{{uuid4()}}}")

    def write(self) -> str:
        """``messageInfo`` and ``messageData``."""
        return (
            f"<messageInfo><messageId>{self.message_id}</messageId>"
            f"<correlationId>{self.correlation_id}</correlationId><serviceId>{self.service_id}</serviceId>"
            f"<messageType>{self.message_type}</messageType><messageDate>{iso_now()}</messageDate>"
            "<sender><senderId>shep_gateway</senderId></sender>"
            f"<sessionId>{{{uuid4()}}}</sessionId></messageInfo><messageData><data>{self.data}</data></messageData>"
        )


def write_async_answer(operation: str, content: str) -> bytes:
    """The response of an operation of ШЭП's side of AsyncChannel."""
    return write_envelope(
        f'<ns2:{operation}Response xmlns:ns2="{ASYNC_TYPES}">'
        f"<response>{content}</response></ns2:{operation}Response>"
    )


def write_push(message: ChannelMessage, prefix: str = "soap") -> bytes:
    """The call of a participant's ``sendMessage``."""
    return write_envelope(
        f'<ns2:sendMessage xmlns:ns2="{ASYNC_TYPES}"><request>{message.write()}</request></ns2:sendMessage>',
        prefix,
    )


def write_status_push(message_id: str, state: str) -> bytes:
    """The call of a participant's ``changeMassageStatusNotification``, misspelt as in the contract."""
    now = iso_now()
    error = ""
    if state == "NOT_DELIVERED":
        reason = "<errorCode>SCE004</errorCode><errorMessage>no</errorMessage>"
        error = f"<error>{reason}<errorDate>{now}</errorDate></error>"
    return write_envelope(
        f'<ns2:changeMassageStatusNotification xmlns:ns2="{CLIENT_TYPES}"><request><notification>'
        f"<notificationId>{uuid4()}</notificationId><messageId>{message_id}</messageId>"
        f"<notificationDate>{now}</notificationDate><messageState>{state}</messageState>"
        f"<status><statusCode>{DONE}</statusCode><statusMessage>{state}</statusMessage><statusDate>{now}</statusDate>"
        f"</status>{error}</notification><requestDate>{now}</requestDate></request>"
        "</ns2:changeMassageStatusNotification>"
    )


def wrap_signature(signed: bytes) -> bytes:
    """The signed Body moved into the Header, and another Body in its place: the attack of signature wrapping."""
    start, end = signed.index(b"<soap:Body"), signed.index(b"</soap:Body>") + len(b"</soap:Body>")
    body = signed[start:end]
    other = body[body.index(b">") + 1 : -len(b"</soap:Body>")]
    moved = b'<x:moved xmlns:x="urn:x">' + body + b"</x:moved></soap:Header>"
    new_body = b"<soap:Body>" + other.replace(b"<data>", b"<data>forged ", 1) + b"</soap:Body>"
    return signed[:start].replace(b"</soap:Header>", moved) + new_body + signed[end:]
