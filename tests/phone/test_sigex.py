"""SIGEX at НУЦ: a system without a server of its own has documents signed by phone."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.is_nuc.sigex.procedures import MOST_BYTES, SigningProcedures
from shared.client.certification import CertificationClient
from shared.client.key_owners import find_owner
from shared.phone.links import PhoneApp, read_link
from shared.phone.mishaps import PhoneMishap
from shared.phone.network import PhoneNetwork
from shared.phone.owners import certify_owner
from shared.phone.pictures import read_qr
from shared.phone.session import PhoneSession, PhoneSettings
from shared.phone.signing import PhoneOwner
from shared.phone.steps import PhoneReport
from shared.pki.certificates.keys import new_ec_key
from tests.docs_commands import ROOT, blocks, types
from tests.journeys.kit import RunningCountry, openssl, running
from tests.outsiders.typed_pages import NAMED_FILE

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]
PAGE = "how-to/sigex.md"
TEXT = "Договор № 1".encode()
Json = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("sigex"), names=("is_nuc",)) as country:
        yield country


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owners(nuc: RunningCountry) -> tuple[PhoneOwner, PhoneOwner]:
    async with CertificationClient(nuc.url("is_nuc")) as counter:
        first, second = [await certify_owner(counter, find_owner(n, 1, 1000), new_ec_key) for n in ("1", "2")]
    return first, second


def offer(method: str = "CMS_SIGN_ONLY", content: bytes = TEXT, number: int = 1) -> Json:
    names = {"id": number, "nameRu": "Договор", "nameKz": "Шарт", "nameEn": "Contract", "meta": []}
    if method == "XML":
        return {"signMethod": method, "documentsToSign": [{**names, "documentXml": "<order><n>1</n></order>"}]}
    file = {"mime": "", "data": base64.b64encode(content).decode()}
    return {"signMethod": method, "documentsToSign": [{**names, "document": {"file": file}}]}


class SigexClient:
    """A system that calls SIGEX as the vendor's own client does: register, send, get."""

    def __init__(self, nuc: RunningCountry) -> None:
        self.nuc = nuc
        self.http = httpx.AsyncClient(trust_env=False, timeout=60)

    async def register(self, **more: Any) -> Json:
        answer = await self.http.post(
            f"{self.nuc.url('is_nuc')}/api/egovQr", json={"description": "Подпишите договор", **more}
        )
        assert answer.status_code == 200, answer.text
        registered: Json = answer.json()
        return registered

    async def get_signatures(self, procedure: Json, documents: Json) -> list[str]:
        sent = (await self.http.post(procedure["dataURL"], json=documents)).json()
        assert "message" not in sent, sent
        signed = (await self.http.get(procedure["signURL"])).json()
        assert "message" not in signed, signed
        return [one.get("documentXml") or one["document"]["file"]["data"] for one in signed["documentsToSign"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(nuc: RunningCountry) -> AsyncIterator[SigexClient]:
    client = SigexClient(nuc)
    yield client
    await client.http.aclose()


async def scan(
    nuc: RunningCountry, owners: tuple[PhoneOwner, PhoneOwner], text: str, mishap: PhoneMishap = PhoneMishap.NONE
) -> PhoneReport:
    clock = nuc.runtime("is_nuc").clock
    settings = PhoneSettings(mishap=mishap, delay=0.1)
    return await PhoneSession(owners[0], PhoneNetwork(), clock.now, settings, owners[1]).run(text)


def code_of(procedure: Json) -> str:
    return read_qr(base64.b64decode(procedure["qrCode"]))


@pytest.mark.parametrize("method", ["CMS_SIGN_ONLY", "CMS_WITH_DATA", "XML"])
async def test_system_gets_the_signatures_that_a_phone_brought_whoever_comes_first(
    nuc: RunningCountry, owners: tuple[PhoneOwner, PhoneOwner], client: SigexClient, method: str
) -> None:
    procedure = await client.register(whenDone={"backUrl": "https://shop.example.kz/done"})
    assert read_link(procedure["eGovMobileLaunchLink"]).url == read_link(code_of(procedure)).url
    assert read_link(procedure["eGovBusinessLaunchLink"]).app is PhoneApp.BUSINESS
    scanning = asyncio.create_task(scan(nuc, owners, code_of(procedure)))  # waits for the documents
    await asyncio.sleep(0)
    (signature,) = await client.get_signatures(procedure, offer(method))
    report = await scanning
    assert report.is_signed, report.failed_step
    assert report.back_url == "https://shop.example.kz/done"
    if method == "XML":
        assert signature.startswith("<order><n>1</n><")
        assert "SignatureValue>" in signature
    else:
        cms, is_detached = base64.b64decode(signature), method == "CMS_SIGN_ONLY"
        assert open_by_openssl(nuc, cms, is_detached=is_detached) == TEXT


def open_by_openssl(nuc: RunningCountry, cms: bytes, *, is_detached: bool) -> bytes:
    """What the signature covers, as OpenSSL finds it."""
    (nuc.folder / "sigex.p7s").write_bytes(cms)
    (nuc.folder / "content").write_bytes(TEXT)
    detached = "-content content" if is_detached else ""
    done = openssl(nuc.folder, f"cms -verify -binary -inform DER -in sigex.p7s {detached} -noverify -out signed")
    assert done.returncode == 0, done.stderr
    return (nuc.folder / "signed").read_bytes()


async def test_call_with_the_documents_is_held_until_the_phone_has_them_and_may_be_repeated(
    nuc: RunningCountry, owners: tuple[PhoneOwner, PhoneOwner], client: SigexClient
) -> None:
    procedure = await client.register()
    broken_off = asyncio.create_task(client.http.post(procedure["dataURL"], json=offer()))
    await asyncio.sleep(0.2)
    assert not broken_off.done()
    broken_off.cancel()
    again = asyncio.create_task(client.http.post(procedure["dataURL"], json=offer()))
    report = await scan(nuc, owners, code_of(procedure))
    assert report.is_signed
    assert (await again).json() == {"signURL": procedure["signURL"]}


async def test_trouble_comes_with_status_200_in_the_language_of_the_caller(
    nuc: RunningCountry, client: SigexClient
) -> None:
    procedure = await client.register()
    unknown = await client.http.get(procedure["signURL"] + "x", headers={"Accept-Language": "en"})
    assert (unknown.status_code, unknown.json()["code"]) == (200, "sigex-unknown")
    assert unknown.json()["message"] == "There is no such procedure of signing: register a new one"
    bare = {"signMethod": "XML", "documentsToSign": [offer()["documentsToSign"][0]]}
    wrong = (await client.http.post(procedure["dataURL"], json=bare)).json()
    assert (wrong["code"], "documentsToSign[0].documentXml" in wrong["message"]) == ("sigex-data-malformed", True)
    first = asyncio.create_task(client.http.post(procedure["dataURL"], json=offer()))
    await asyncio.sleep(0.1)
    other = (await client.http.post(procedure["dataURL"], json=offer(content=b"other"))).json()
    assert other["code"] == "sigex-data-changed"
    first.cancel()
    malformed = await client.http.post(f"{nuc.url('is_nuc')}/api/egovQr", json={})
    assert (malformed.status_code, malformed.json()["code"]) == (422, "request-malformed")


@pytest.mark.parametrize(
    ("mishap", "message"),
    [
        (PhoneMishap.SIGNATURE_SPOILED, "Документ изменён после подписания, или подпись сделана другим ключом."),
        (PhoneMishap.SCANNED_TWICE, "Документы по этому коду уже подписаны"),
    ],
)
async def test_phone_is_told_why_its_signatures_are_not_taken(
    nuc: RunningCountry,
    owners: tuple[PhoneOwner, PhoneOwner],
    client: SigexClient,
    mishap: PhoneMishap,
    message: str,
) -> None:
    procedure = await client.register()
    sending = asyncio.create_task(client.http.post(procedure["dataURL"], json=offer("CMS_WITH_DATA")))
    report = await scan(nuc, owners, code_of(procedure), mishap)
    assert report.is_as_expected, (report.failed_step, report.findings)
    last = report.repeated or report
    assert last.failed_step is not None
    exchange = last.failed_step.exchange
    assert exchange is not None
    assert message in exchange.answer.decode()
    await sending


async def test_phone_that_signed_something_else_is_refused(nuc: RunningCountry, client: SigexClient) -> None:
    """The signature of another document, of another method, under another id: none of them is taken."""
    procedure = await client.register()
    sending = asyncio.create_task(client.http.post(procedure["dataURL"], json=offer("CMS_WITH_DATA")))
    uri = read_link(code_of(procedure)).url.replace("mgovSign", "documents")
    offered = (await client.http.get(uri)).json()
    await sending
    unsigned = await client.http.put(uri, json=offered)
    assert (unsigned.status_code, unsigned.json()["code"]) == (403, "eds-malformed")
    renamed = {**offered, "documentsToSign": [{**offered["documentsToSign"][0], "id": 2}]}
    for changed in (renamed, {**offered, "signMethod": "CMS_SIGN_ONLY"}, {**offered, "documentsToSign": []}):
        answer = await client.http.put(uri, json=changed)
        assert (answer.status_code, answer.json()["code"]) == (403, "sigex-documents-other")


async def test_procedure_ends_with_its_term_and_holds_nobody_longer(
    nuc: RunningCountry, client: SigexClient
) -> None:
    procedures = nuc.runtime("is_nuc").resource(SigningProcedures)
    registered = await client.register()
    now = nuc.runtime("is_nuc").machine_now
    procedure = procedures.find(registered["dataURL"].rpartition("/")[2], now)
    assert registered["expireAt"] == round(procedure.until.timestamp() * 1000)
    procedure.until = now  # three minutes are over
    ended = (await client.http.get(registered["signURL"])).json()
    assert ended["code"] == "sigex-expired"
    phone = await client.http.get(f"{registered['dataURL']}/mgovSign")
    assert (phone.status_code, phone.json()["code"]) == (403, "sigex-expired")


async def test_documents_of_all_procedures_together_are_bounded(nuc: RunningCountry, client: SigexClient) -> None:
    procedures = nuc.runtime("is_nuc").resource(SigningProcedures)
    registered, other = await client.register(), await client.register()
    now = nuc.runtime("is_nuc").machine_now
    procedures.find(other["dataURL"].rpartition("/")[2], now).size = MOST_BYTES
    answer = await client.http.post(registered["dataURL"], json=offer())
    assert (answer.status_code, answer.json()["code"]) == (503, "sigex-full")
    procedures.find(other["dataURL"].rpartition("/")[2], now).size = 0


async def test_large_documents_of_waiting_systems_keep_no_place_of_other_callers(
    nuc: RunningCountry, client: SigexClient
) -> None:
    """Nine calls with large documents are held; a tenth large body, of the signing server, is read at once."""
    large = offer(content=b"x" * 40_000)
    waiting = [
        asyncio.create_task(client.http.post((await client.register())["dataURL"], json=large)) for _ in range(9)
    ]
    await asyncio.sleep(0.3)
    data = base64.b64encode(b"y" * 40_000).decode()
    async with asyncio.timeout(10):
        answer = await client.http.post(f"{nuc.url('is_nuc')}/cms/extract", json={"cms": data})
    assert answer.status_code == 400
    for one in waiting:
        one.cancel()


async def test_page_of_sigex_is_typed(nuc: RunningCountry, tmp_path: Path) -> None:
    ((file, code),) = NAMED_FILE.findall((ROOT / "docs" / PAGE).read_text(encoding="utf-8"))
    (tmp_path / file).write_text(code, encoding="utf-8")
    url = nuc.url("is_nuc")
    script = "".join(blocks(PAGE, "sh")).replace("http://127.0.0.1:8007", url)
    done = await asyncio.to_thread(types, tmp_path, script, EGOV_NUC_URL=url)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert (tmp_path / "signed").read_bytes() == b"text"
