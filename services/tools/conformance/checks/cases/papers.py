"""Signed documents as the checks read them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from shared.bus.errors import BusError
from shared.pki.cms import signed_data


@dataclass(frozen=True)
class OpenedPaper:
    """A document in a CMS: its content as JSON, and the signer; ``fault`` where the signature does not hold."""

    content: dict[str, Any]
    certificate: x509.Certificate | None
    fault: str = ""


def open_paper(document: object) -> OpenedPaper:
    """The document in base64 of a CMS; never raises."""
    try:
        signed = signed_data.open_signed(base64.b64decode(str(document), validate=True))
        content = json.loads(signed.content)
    except BusError as error:
        return OpenedPaper({}, None, f"{error.code}: {error.message}")
    except ValueError as error:
        return OpenedPaper({}, None, str(error))
    return OpenedPaper(content if isinstance(content, dict) else {}, signed.certificate)


def name_of(certificate: x509.Certificate | None, oid: x509.ObjectIdentifier, prefix: str) -> str:
    """An attribute of the certificate's subject, without the prefix that НУЦ writes before numbers."""
    if certificate is None:
        return ""
    values = [str(part.value) for part in certificate.subject.get_attributes_for_oid(oid)]
    return next((value.removeprefix(prefix) for value in values if value.startswith(prefix)), "")


def iin_of(certificate: x509.Certificate | None) -> str:
    """The ИИН in a certificate."""
    return name_of(certificate, NameOID.SERIAL_NUMBER, "IIN")


def bin_of(certificate: x509.Certificate | None) -> str:
    """The БИН in a certificate."""
    return name_of(certificate, NameOID.ORGANIZATIONAL_UNIT_NAME, "BIN")
