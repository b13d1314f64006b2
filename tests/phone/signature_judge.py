"""Whether the signatures that came to a server hold, by the bus's own check."""

from __future__ import annotations

import base64
from typing import Any

from cryptography import x509

from shared.pki.cms.signed_data import open_signed
from shared.pki.xml.xmldsig import open_enveloped
from tests.phone.integrators_server import CONTENT


def judge(method: str, put: dict[str, Any]) -> x509.Certificate:
    """The signer of the first document; BusError for a signature that does not hold."""
    entry = put["documentsToSign"][0]
    if method == "XML":
        return open_enveloped(entry["documentXml"].encode()).certificate
    cms = base64.b64decode(entry["document"]["file"]["data"])
    return open_signed(cms, content=CONTENT if method == "CMS_SIGN_ONLY" else None).certificate
