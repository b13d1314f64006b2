"""``GbdulInfoByBin_v2`` as integrators call it through ШЭП: a signed document as text in ``data``, XML out.

Element names below ``Organization`` other than BIN and RegStatus are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from lxml import etree

from services.gbd_ul.domain import LegalEntity, OrganisationRequest, RequestResult
from shared.bus.errors import Malformed
from shared.contracts.identifiers import check_bin
from shared.contracts.soap_data import SoapData, SoapStatus, read_soap_data
from shared.pki.encoding.xmltree import XmlElement
from shared.texts.catalog import texts_beside

NAMESPACE = "http://gbdulinfobybin_v2.egp.gbdul.tamur.kz"
WORDS = texts_beside(__file__, file="statuses.yaml", languages=("ru", "kk"))


def read_document(data: SoapData) -> bytes:
    """The signed document, which ``data`` holds as text.

    Malformed ``organisation-request-malformed``, and as ``parse_document`` raises.
    """
    element = read_soap_data(data)
    if len(element) or not (element.text or "").strip():
        raise Malformed("organisation-request-malformed", "data hold no document as text")
    return (element.text or "").strip().encode()


def read_request(root: XmlElement) -> OrganisationRequest:
    """The request in a document whose signature is proved.

    Malformed ``organisation-request-malformed``, and the codes of the БИН check.
    """
    texts = {
        etree.QName(part).localname: (part.text or "").strip() for part in root.iter() if isinstance(part.tag, str)
    }
    if "RequestorBIN" not in texts or "BIN" not in texts:
        raise Malformed("organisation-request-malformed", "the document names no RequestorBIN or no BIN")
    return OrganisationRequest(check_bin(texts["RequestorBIN"]), check_bin(texts["BIN"]))


def write_entity(entity: LegalEntity, branches: Sequence[str]) -> SoapData:
    """The answer with an organisation and the БИН of its branches."""
    head = f"<HeadOrganization><BIN>{entity.head_bin}</BIN></HeadOrganization>" if entity.head_bin else ""
    listed = "".join(f"<Branch><BIN>{branch}</BIN></Branch>" for branch in branches)
    organization = (
        f"<Organization><BIN>{entity.bin}</BIN>"
        f"{_write_words('RegStatus', entity.registration.value)}"
        f"<RegistrationDate>{entity.registered_on.isoformat()}</RegistrationDate>"
        f"<FullNameRu>{escape(entity.name_ru)}</FullNameRu><FullNameKz>{escape(entity.name_kk)}</FullNameKz>"
        f"<Leader><IIN>{entity.leader_iin}</IIN><FullName>{escape(entity.leader_name)}</FullName></Leader>"
        f"{head}{f'<Branches>{listed}</Branches>' if listed else ''}</Organization>"
    )
    return SoapData(xml=_write_answer(RequestResult.FOUND, organization), namespaces={})


def write_refusal(result: RequestResult, status: SoapStatus) -> SoapData:
    """The answer without an organisation."""
    return SoapData(xml=_write_answer(result, ""), namespaces={}, status=status)


def _write_answer(result: RequestResult, organization: str) -> str:
    status = _write_words("Status", result.value)
    return f'<data><gbdul:Response xmlns:gbdul="{NAMESPACE}">{status}{organization}</gbdul:Response></data>'


def _write_words(element: str, code: str) -> str:
    words = WORDS[code]
    return (
        f"<{element}><Code>{code}</Code><NameRu>{words['ru']}</NameRu><NameKz>{words['kk']}</NameKz></{element}>"
    )
