"""The register of persons as its integrators call it through ШЭП, XML in and out: ``GBDFL_UniversalServiceSync``,
and ``GBDFLUniversal_token`` with the person's consent.

Element names and dictionary codes are those of the published service; what the register here does not know
(documents, nationality, the birthplace) is left out of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from shared.bus.errors import Malformed, NotFound, Refused
from shared.contracts.registers import PersonRecord
from shared.contracts.soap_data import SoapData, read_soap_fields, refuse_business
from shared.pki.encoding.xmltree import XmlElement
from shared.texts.catalog import texts_beside

NAMESPACE = "http://message.persistence.interactive.nat"
FOUND, NOT_FOUND, NO_CONSENT = "00000", "00001", "00002"
"""``messageResult``: success is the real code, the other ones are ours."""
LONGEST_ID = 36
GENDER_CODES = {"male": "1", "female": "2"}
GENDERS = texts_beside(__file__, file="genders.yaml", languages=("ru", "kk"))


@dataclass(frozen=True)
class PersonRequest:
    """A request for the person with an ИИН; with the code and the public key of the person's consent, or ""."""

    message_id: str
    iin: str
    consent_code: str = ""
    public_key: str = ""


def read_request(data: XmlElement) -> PersonRequest:
    """The request in ``data``; Malformed ``person-request-malformed`` with the faulty element.

    Its forms are those of ``read_soap_fields``. A code of КДП and its key may hold white space.
    """
    texts = read_soap_fields(data)
    iin = texts.get("iin", "")
    if len(iin) != 12 or not iin.isascii() or not iin.isdigit():
        raise Malformed("person-request-malformed", "the request names no ИИН", element="iin")
    code, key = ("".join(texts.get(name, "").split()) for name in ("kdpToken", "publicKey"))
    return PersonRequest(texts.get("messageId", "")[:LONGEST_ID], iin, code, key)


def find_answer(person: PersonRecord | None, request: PersonRequest, now: datetime, message_id: str) -> SoapData:
    """The answer about a person; ``SCSE001`` when no person has the ИИН."""
    if person is None:
        status = refuse_business(NotFound("iin-unknown", "no person holds this ИИН"))
        return SoapData(xml=_write_answer(request, NOT_FOUND, "", now, message_id), namespaces={}, status=status)
    persons = f"<persons><person>{_person(person)}</person></persons>"
    return SoapData(xml=_write_answer(request, FOUND, persons, now, message_id), namespaces={})


def refuse_person(request: PersonRequest, refusal: str, now: datetime, message_id: str) -> SoapData:
    """The answer ``SCSE001`` to a request without the person's consent; ``refusal`` is КДП's code."""
    status = refuse_business(Refused(refusal, "no consent of the person for this request"))
    return SoapData(xml=_write_answer(request, NO_CONSENT, "", now, message_id), namespaces={}, status=status)


def _write_answer(request: PersonRequest, result: str, persons: str, now: datetime, message_id: str) -> str:
    return (
        f'<data><gbd:response xmlns:gbd="{NAMESPACE}">'
        f"<messageId>{escape(message_id)}</messageId>"
        f"<messageDate>{now.isoformat(timespec='milliseconds')}</messageDate>"
        f"<requestId>{escape(request.message_id)}</requestId>"
        f"<messageResult><code>{result}</code></messageResult>"
        f"{persons}</gbd:response></data>"
    )


def _person(person: PersonRecord) -> str:
    names = GENDERS[person.sex]
    patronymic = f"<patronymic>{escape(person.patronymic)}</patronymic>" if person.patronymic else ""
    status = "0" if person.is_alive else "1"
    return (
        f"<iin>{person.iin}</iin><surname>{escape(person.surname)}</surname><name>{escape(person.name)}</name>"
        f"{patronymic}<birthDate>{person.birth_date.isoformat()}</birthDate>"
        f"<gender><code>{GENDER_CODES[person.sex]}</code>"
        f"<nameRu>{names['ru']}</nameRu><nameKz>{names['kk']}</nameKz></gender>"
        f"<lifeStatus><code>{status}</code></lifeStatus>"
    )
