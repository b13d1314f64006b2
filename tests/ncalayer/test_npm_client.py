"""The client of real front ends against our signer, over verified TLS; openssl and our check read the results."""

from __future__ import annotations

import asyncio
import subprocess
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.tools.ncalayer.signing_device import CancelMode
from shared.bus.clocks.clock import SystemClock
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.verification.check import CheckedDocument, SignerExpectation
from shared.pki.verification.xmlcheck import check_xml
from tests.ncalayer.conftest import Signer
from tests.ncalayer.npm_client import NpmClient
from tests.pki.pki_centre import pem

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="session")]

CONTENT = "Өтініш: 11\n".encode()
DATA = b64encode(CONTENT).decode()
XML = "<?xml version='1.0' encoding='UTF-8'?><өтініш><нөмір>11</нөмір></өтініш>"
ANY, PERSON = "!!basicsStorageAll", "!!basicsSignerSignPerson"


def der(text: str) -> bytes:
    """The DER in a PEM of the signer."""
    assert text.startswith("-----BEGIN CMS-----\n")
    return b64decode("".join(text.split("\n")[1:-2]))


async def judged(signer: Signer, made: bytes, content: bytes | None = None) -> CheckedDocument:
    """The check of the portal: «условие 2» with OCSP."""
    asked = SignerExpectation(SignaturePurpose.APPLICANT, signer.owner.iin)
    verdict = await asyncio.to_thread(
        lambda: signer.centre.judge_document(made, asked, at=SystemClock().now(), content=content)
    )
    return verdict.require_document()


def openssl_opens(signer: Signer, folder: Path, made: bytes, content: bytes | None = None) -> bytes:
    """The signed content, by the real openssl."""
    (folder / "anchors.pem").write_bytes(pem(*signer.anchors.roots, *signer.anchors.intermediates))
    (folder / "made").write_bytes(made)
    (folder / "content").write_bytes(content or b"")
    detached = ("-content", "content") if content is not None else ()
    command = ("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "made", "-CAfile", "anchors.pem")
    options = (*detached, "-purpose", "any", "-out", "opened")
    done = subprocess.run((*command, *options), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return (folder / "opened").read_bytes()


def xml_is_ours(signer: Signer, text: str) -> bool:
    asked: dict[str, Any] = {
        "expected_iin": signer.owner.iin,
        "purpose": SignaturePurpose.APPLICANT,
        "revocation": None,
    }
    checked = check_xml(text.encode(), anchors=signer.anchors, at=SystemClock().now(), **asked)
    return "11" in checked.signed.content.decode() and checked.signer.iin == signer.owner.iin


async def only(npm_client: NpmClient, signer: Signer, *call: Any) -> Any:
    """The result of one call."""
    (told,) = await npm_client.calls(signer.url, signer.root, call)
    assert set(told) == {"result"}, told
    return told["result"]


async def test_npm_client_learns_of_tokens_and_of_the_key(npm_client: NpmClient, signer: Signer) -> None:
    tokens, info, changed = await npm_client.calls(
        signer.url, signer.root, ["getActiveTokens"], ["getKeyInfo", "PKCS12"], ["changeLocale", "kz"]
    )
    assert tokens == {"result": []}
    assert f"SERIALNUMBER=IIN{signer.owner.iin}" in info["result"]["subjectDn"]
    assert changed == {}


async def test_cades_from_base64_is_attached_and_detached(
    npm_client: NpmClient, signer: Signer, tmp_path: Path
) -> None:
    attached, detached = await npm_client.calls(
        signer.url,
        signer.root,
        ["createCAdESFromBase64", "PKCS12", DATA, "SIGNATURE", True],
        ["createCAdESFromBase64", "PKCS12", DATA],
    )
    made, bare = der(attached["result"]), der(detached["result"])
    assert (await judged(signer, made)).content == CONTENT
    assert (await judged(signer, bare, CONTENT)).content == CONTENT
    assert openssl_opens(signer, tmp_path, made) == CONTENT
    assert openssl_opens(signer, tmp_path, bare, CONTENT) == CONTENT


async def test_cades_from_a_hash_fits_its_content(npm_client: NpmClient, signer: Signer, tmp_path: Path) -> None:
    digest = b64encode(sha256(CONTENT).digest()).decode()
    made = der(await only(npm_client, signer, "createCAdESFromBase64Hash", "PKCS12", digest))
    assert openssl_opens(signer, tmp_path, made, CONTENT) == CONTENT
    assert (await judged(signer, made, CONTENT)).signer.iin == signer.owner.iin


async def test_cms_of_the_old_method_comes_with_a_time_stamp_of_nuc(
    npm_client: NpmClient, signer: Signer, tmp_path: Path
) -> None:
    told = await only(npm_client, signer, "createCMSSignatureFromBase64", "PKCS12", DATA, "SIGNATURE", True)
    made = b64decode(told, validate=True)
    document = await judged(signer, made)
    assert document.stamp is not None
    assert abs((document.stamp.moment - SystemClock().now()).total_seconds()) < 60
    assert openssl_opens(signer, tmp_path, made) == CONTENT


async def test_xml_is_signed_one_by_one_and_together(npm_client: NpmClient, signer: Signer) -> None:
    one, many, basics = await npm_client.calls(
        signer.url,
        signer.root,
        ["signXml", "PKCS12", XML],
        ["signXmls", "PKCS12", [XML, "<b>11</b>"]],
        ["basicsSignXML", ANY, XML, "!!basicsXMLParams", PERSON],
    )
    assert xml_is_ours(signer, one["result"])
    assert [xml_is_ours(signer, text) for text in many["result"]] == [True, True]
    assert [xml_is_ours(signer, text) for text in basics["result"]] == [True]


@pytest.mark.parametrize(
    ("params", "is_attached", "is_stamped"),
    [
        ("!!basicsCMSParamsAttached", True, True),
        ("!!basicsCMSParamsDetached", False, True),
        ("!!basicsCMSParamsDetachedNoTSP", False, False),
    ],
)
async def test_basics_signs_by_each_set_of_the_npm_clients_parameters(
    npm_client: NpmClient, signer: Signer, tmp_path: Path, params: str, is_attached: bool, is_stamped: bool
) -> None:
    made = der(await only(npm_client, signer, "basicsSignCMS", ANY, DATA, params, PERSON))
    content = None if is_attached else CONTENT
    document = await judged(signer, made, content)
    assert (document.content, document.stamp is not None) == (CONTENT, is_stamped)
    assert openssl_opens(signer, tmp_path, made, content) == CONTENT


async def test_documents_are_signed_together_in_one_request(npm_client: NpmClient, signer: Signer) -> None:
    texts = [b64encode(f"document {n}".encode()).decode() for n in range(5)]
    many = await only(npm_client, signer, "basicsSignCMS", ANY, texts, "!!basicsCMSParamsAttached", PERSON)
    contents = [(await judged(signer, der(text))).content.decode() for text in many]
    assert contents == [f"document {n}" for n in range(5)]


async def test_npm_client_tells_a_cancelled_request_from_a_failed_one(
    npm_client: NpmClient, signer: Signer
) -> None:
    signer.desk.user.set_cancel_mode(CancelMode.ALWAYS)
    try:
        old, new = await npm_client.calls(
            signer.url,
            signer.root,
            ["createCAdESFromBase64", "PKCS12", DATA],
            ["basicsSignCMS", ANY, DATA, "!!basicsCMSParams", PERSON],
        )
    finally:
        signer.desk.user.set_cancel_mode(CancelMode.NEVER)
    # The client has no code for a cancelled request of the old module; the client passes the message on.
    assert old == {"error": "500: action.canceled", "cancelled": False}
    assert new == {"error": "cancelled by user", "cancelled": True}
    (failed,) = await npm_client.calls(
        signer.url, signer.root, ["basicsSignCMS", ANY, DATA, "!!basicsCMSParams", "!!basicsSignerSignHead"]
    )
    assert failed["error"].startswith("SIGNING_FAILURE: ncalayer-key: ")
    assert not failed["cancelled"]


async def test_npm_clients_wrong_arguments_are_refused_in_the_words_that_are_known(
    npm_client: NpmClient, signer: Signer
) -> None:
    told = await npm_client.calls(
        signer.url,
        signer.root,
        ["getKeyInfo", None],
        ["createCAdESFromBase64", "PKCS12", DATA, 123],
        ["signXml", "PKCS12", 555],
        ["signXmls", "PKCS12", "<tag>data</tag>"],
        ["changeLocale", 2],
        ["basicsSign", None, "cms", DATA, 555, {"extKeyUsageOids": []}, "ru"],
    )
    names = ("getKeyInfo", "createCAdESFromBase64", "signXml", "signXmls", "changeLocale")
    mismatch = "500: java.lang.IllegalArgumentException: argument type mismatch. Method: "
    assert [one["error"] for one in told[:-1]] == [mismatch + name for name in names]
    assert told[-1]["error"].startswith("INVOCATION_ERROR: An invoked method threw an exception. (")


async def test_npm_client_refuses_a_signer_whose_root_it_does_not_trust(
    npm_client: NpmClient, signer: Signer, tmp_path: Path
) -> None:
    (tmp_path / "other.pem").write_bytes(pem(*signer.anchors.intermediates))
    with pytest.raises(AssertionError, match="NCALayer"):
        await npm_client.calls(signer.url, tmp_path / "other.pem", ["getActiveTokens"])
