"""``egov-bus vectors``: good vectors verify, spoiled ones are refused with their code, here and by openssl."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from services.tools.signing.vector_set import make_vectors
from shared.bus.errors import BusError
from shared.bus.messages import jws
from shared.bus.messages.gate import hop_payload
from shared.pki.certificates.keys import strong_key
from shared.pki.cms import signed_data
from shared.pki.xml.wsse import open_body

FILES = make_vectors(datetime.now(UTC).replace(microsecond=0))  # noqa: TID251 - openssl judges by the machine's time
VECTORS: list[dict[str, Any]] = json.loads(FILES["vectors.json"])["vectors"]


def verify(vector: dict[str, Any]) -> None:
    signature = FILES[vector["signature"]]
    certificate = x509.load_pem_x509_certificate(FILES[vector["certificate"]])
    content = FILES[vector["content"]] if vector["content"] else b""
    if vector["kind"] == "wsse":
        assert open_body(signature).certificate == certificate
    elif vector["kind"] == "cms":
        detached = content or None
        assert signed_data.open_signed(signature, content=detached).certificate == certificate
    else:
        payload = hop_payload(FILES[vector["inner"]].decode(), content) if vector["inner"] else content
        key = strong_key(certificate)
        assert isinstance(key, jws.PublicKey)
        jws.verify(jws.parse(signature.decode()), key, payload)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_vector_has_the_verdict_that_it_names(vector: dict[str, Any]) -> None:
    if vector["code"] is None:
        verify(vector)
        return
    with pytest.raises(BusError) as refusal:
        verify(vector)
    assert refusal.value.code == vector["code"]


def test_every_kind_has_a_good_and_a_spoiled_vector() -> None:
    verdicts = {(vector["kind"], vector["code"] is None) for vector in VECTORS}
    assert verdicts == {(kind, is_good) for kind in ("jws", "hop", "wsse", "cms") for is_good in (True, False)}


def test_openssl_verifies_the_documents_by_the_root(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "trusted.pem").write_bytes(FILES["root.pem"] + FILES["issuing.pem"])
    common = ["openssl", "cms", "-verify", "-inform", "DER", "-CAfile", "trusted.pem"]
    common += ["-purpose", "any", "-binary", "-out", "content.txt"]
    for file, more in (("document.p7m", []), ("document.p7s", ["-content", "document.txt"])):
        command = [*common, "-in", file, *more]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "content.txt").read_bytes() == FILES["document.txt"]
