"""``EDS_TEMP_FILES`` as integrators call it through ШЭП: XML in and out. The elements of the answer are ours."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator
from datetime import timedelta
from xml.sax.saxutils import escape

from lxml import etree

from services.temp_files.domain import LONGEST_LIFE, MOST_FILES, StorageRequest, UploadedFile
from services.temp_files.storage import TempFileRow
from shared.bus.errors import Malformed
from shared.contracts.soap_data import SoapData, read_soap_data
from shared.pki.encoding.xmltree import XmlElement, parse_document

NAMESPACE = "http://egov.bee.kz/eds/tempstorage/v2/"
LONGEST_TEXT, LONGEST_MIME = 255, 100


def read_request(data: SoapData) -> StorageRequest:
    """The request in ``data``; Malformed ``file-request-malformed`` with the faulty element, and as
    ``parse_document`` raises.
    """
    element = read_soap_data(data)
    if not len(element) and (element.text or "").lstrip().startswith("<"):
        element = parse_document((element.text or "").strip().encode())
    kind = next((_text_of(part) for part in _parts(element, "type")), "").upper()
    if kind == "UPLOAD":
        uploads = tuple(_read_upload(part) for part in _bounded(element, "fileUploadRequests"))
        return StorageRequest(uploads=uploads)
    if kind == "DOWNLOAD":
        file_ids = tuple(_text_of(part)[:LONGEST_TEXT] for part in _bounded(element, "fileIdentifiers"))
        return StorageRequest(file_ids=file_ids)
    raise _malformed("type")


def write_uploads(kept: Iterable[tuple[str, str]]) -> SoapData:
    """The answer with the sender's name and the id of each file."""
    files = "".join(
        f"<fileUploadResponses><fileProcessIdentifier>{escape(process_id)}</fileProcessIdentifier>"
        f"<fileIdentifier>{file_id}</fileIdentifier></fileUploadResponses>"
        for process_id, file_id in kept
    )
    return _write_answer("UPLOAD", f"<uploadResponse>{files}</uploadResponse>")


def write_downloads(rows: Iterable[TempFileRow]) -> SoapData:
    """The answer with files."""
    files = "".join(
        f"<fileDownloadResponses><fileIdentifier>{row.id}</fileIdentifier><name>{escape(row.name)}</name>"
        f"<mime>{escape(row.mime)}</mime><content>{b64encode(row.content).decode()}</content>"
        "</fileDownloadResponses>"
        for row in rows
    )
    return _write_answer("DOWNLOAD", f"<downloadResponse>{files}</downloadResponse>")


def _write_answer(kind: str, content: str) -> SoapData:
    xml = (
        f'<data><ts:tempStorageResponse xmlns:ts="{NAMESPACE}"><type>{kind}</type>{content}'
        "</ts:tempStorageResponse></data>"
    )
    return SoapData(xml=xml, namespaces={})


def _read_upload(element: XmlElement) -> UploadedFile:
    texts = {etree.QName(part).localname: _text_of(part) for part in element if isinstance(part.tag, str)}
    name, mime, life = texts.get("name", ""), texts.get("mime", ""), texts.get("lifeTime", "")
    process_id = texts.get("fileProcessIdentifier", "")
    if not 0 < len(name) <= LONGEST_TEXT or not name.isprintable():
        raise _malformed("name")
    if len(mime) > LONGEST_MIME or not mime.isprintable():
        raise _malformed("mime")
    if len(process_id) > LONGEST_TEXT:
        raise _malformed("fileProcessIdentifier")
    try:
        content = b64decode("".join(texts.get("content", "").split()), validate=True)
    except (NotBase64, ValueError):
        raise _malformed("content") from None
    if not content:
        raise _malformed("content")
    return UploadedFile(process_id, name, mime, _read_life(life), content)


def _read_life(text: str) -> timedelta:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise _malformed("lifeTime")
    life = timedelta(milliseconds=int(text))
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise _malformed("lifeTime")
    return life


def _bounded(element: XmlElement, name: str) -> list[XmlElement]:
    parts = list(_parts(element, name))
    if not 0 < len(parts) <= MOST_FILES:
        raise _malformed(name)
    return parts


def _parts(element: XmlElement, name: str) -> Iterator[XmlElement]:
    return element.iter("{*}" + name)


def _text_of(element: XmlElement) -> str:
    return (element.text or "").strip()


def _malformed(element: str) -> Malformed:
    return Malformed(
        "file-request-malformed", f"{element} is missing, too long, too many or not in its form", element=element
    )
