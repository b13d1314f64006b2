"""The register of persons as its integrators call it through ШЭП: ``GBDFL_UniversalServiceSync``, XML in and out.

Element names and dictionary codes are those of the published service; what the register here does not know
(documents, nationality, the birthplace) is left out of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from lxml import etree

from shared.bus.errors import Malformed
from shared.contracts.registers import PersonRecord
from shared.pki.encoding.xmltree import XmlElement, parse_document
from shared.texts.catalog import texts_beside

NAMESPACE = "http://message.persistence.interactive.nat"
FOUND, NOT_FOUND = "00000", "00001"
"""``messageResult``: success is the real code, the other one is ours."""
LONGEST_ID = 36
GENDER_CODES = {"male": "1", "female": "2"}
GENDERS = texts_beside(__file__, file="genders.yaml", languages=("ru", "kk"))


@dataclass(frozen=True)
class PersonRequest:
    """A request for the person with an ИИН."""

    message_id: str
    sender_code: str
    iin: str


def read_request(data: XmlElement) -> PersonRequest:
    """The request in ``data``; Malformed ``person-request-malformed`` with the faulty element.

    Clients write the request as children of ``data``, as one child of ``data``, or as an escaped document in its
    text; with or without the namespace.
    """
    texts = {etree.QName(part).localname: (part.text or "").strip() for part in _list_parts(data)}
    iin = texts.get("iin", "")
    if len(iin) != 12 or not iin.isascii() or not iin.isdigit():
        raise Malformed("person-request-malformed", "the request names no ИИН", element="iin")
    return PersonRequest(texts.get("messageId", "")[:LONGEST_ID], texts.get("senderCode", ""), iin)


def _list_parts(data: XmlElement) -> list[XmlElement]:
    children = [child for child in data if isinstance(child.tag, str)]
    if not children and (data.text or "").lstrip().startswith("<"):
        return _list_parts(parse_document((data.text or "").strip().encode()))
    if len(children) == 1 and len(children[0]):
        return _list_parts(children[0])
    return children


def write_answer(request: PersonRequest, person: PersonRecord | None, now: datetime, message_id: str) -> str:
    """The element ``data`` of the answer."""
    persons = f"<persons><person>{_write_person(person)}</person></persons>" if person else ""
    return (
        f'<data xmlns:gbd="{NAMESPACE}"><gbd:response>'
        f"<messageId>{escape(message_id)}</messageId>"
        f"<messageDate>{now.isoformat(timespec='milliseconds')}</messageDate>"
        f"<requestId>{escape(request.message_id)}</requestId>"
        f"<messageResult><code>{FOUND if person else NOT_FOUND}</code></messageResult>"
        f"{persons}</gbd:response></data>"
    )


def _write_person(person: PersonRecord) -> str:
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
