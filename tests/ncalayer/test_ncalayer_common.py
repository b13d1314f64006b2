"""kz.gov.pki.knca.commonUtils over a real WebSocket: exact answers, and signatures that our check accepts."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from cryptography import x509

from services.tools.ncalayer.signing_device import CancelMode
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import signed_data
from tests.ncalayer.desk_kit import CONTENT, DATA, desk, entry, page
from tests.pki.pki_centre import IIN, centre

SIGNER = entry(CertificateKind.INDIVIDUAL, "rsa").certificate


def der(pem: str) -> bytes:
    lines = pem.split("\n")
    assert (lines[0], lines[-2], lines[-1]) == ("-----BEGIN CMS-----", "-----END CMS-----", "")
    assert max(map(len, lines)) <= 64
    return b64decode("".join(lines[1:-2]))


async def test_signer_speaks_first_and_echoes_heartbeats() -> None:
    async with page() as one:
        assert one.greeting == {"result": {"version": "1.4"}}
        await one.socket.send("--heartbeat--")
        assert await one.socket.recv() == "--heartbeat--"


async def test_token_is_named_and_a_file_is_none() -> None:
    async with page() as one:
        assert await one.common("getActiveTokens") == {"code": "200", "responseObject": []}
    async with page(desk(storage="AKKaztokenStore")) as one:
        assert await one.common("getActiveTokens") == {"code": "200", "responseObject": ["AKKaztokenStore"]}
        assert (await one.common("getKeyInfo", "AKKaztokenStore"))["code"] == "200"
        assert (await one.common("getKeyInfo", "PKCS12"))["message"].startswith("ncalayer-key: ")


async def test_key_info_tells_the_certificate_as_pages_read_it() -> None:
    async with page() as one:
        told = await one.common("getKeyInfo", "PKCS12")
    assert told["code"] == "200"
    info = told["responseObject"]
    assert x509.load_pem_x509_certificate(info["pem"].encode()) == SIGNER
    assert info["subjectCn"] == "АХМЕТОВ НҰРЛАН"
    assert info["subjectDn"] == f"CN=АХМЕТОВ НҰРЛАН,SURNAME=АХМЕТОВ,SERIALNUMBER=IIN{IIN},C=KZ,G=БОЛАТҰЛЫ"
    assert info["issuerCn"] == "ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ (RSA) 2026"
    assert info["algorithm"] == "RSA"
    assert info["serialNumber"] == str(SIGNER.serial_number)
    assert int(info["certNotAfter"]) == SIGNER.not_valid_after_utc.timestamp() * 1000
    assert int(info["certNotBefore"]) == SIGNER.not_valid_before_utc.timestamp() * 1000
    assert (
        info["keyId"]
        == info["alias"]
        == x509.SubjectKeyIdentifier.from_public_key(SIGNER.public_key()).digest.hex()
    )
    assert info["authorityKeyIdentifier"]


async def test_cades_is_a_pem_with_the_content_or_without() -> None:
    async with page() as one:
        attached = await one.common("createCAdESFromBase64", "PKCS12", "SIGNATURE", DATA, True)
        detached = await one.common("createCAdESFromBase64", "PKCS12", "SIGNATURE", DATA, False)
        left_out = await one.common("createCAdESFromBase64", "PKCS12", "SIGNATURE", DATA)
    opened = signed_data.open_signed(der(attached["responseObject"]))
    assert (opened.content, opened.certificate, opened.chain) == (CONTENT, SIGNER, (centre().issuing,))
    for told in (detached, left_out):
        assert told["code"] == "200"
        assert signed_data.open_signed(der(told["responseObject"]), content=CONTENT).certificate == SIGNER
        assert CONTENT not in der(told["responseObject"])


async def test_cades_over_a_hash_fits_the_content_that_has_it() -> None:
    digest = b64encode(sha256(CONTENT).digest()).decode()
    async with page() as one:
        told = await one.common("createCAdESFromBase64Hash", "PKCS12", "SIGNATURE", digest)
        short = await one.common("createCAdESFromBase64Hash", "PKCS12", "SIGNATURE", DATA)
    assert signed_data.open_signed(der(told["responseObject"]), content=CONTENT).certificate == SIGNER
    assert short == {"code": "500", "message": "ncalayer-digest: a SHA-256 digest has 32 bytes"}


async def test_cms_of_the_old_method_is_stamped_and_answered_in_bare_base64() -> None:
    stamped: list[bytes] = []

    def stamp(made: bytes) -> bytes:
        stamped.append(made)
        return made

    async with page(desk(stamper=stamp)) as one:
        told = await one.common("createCMSSignatureFromBase64", "PKCS12", "SIGNATURE", DATA, True)
    made = b64decode(told["responseObject"], validate=True)
    assert stamped == [made]
    assert signed_data.open_signed(made).content == CONTENT


async def test_key_type_chooses_the_certificate_and_an_unknown_one_any() -> None:
    async with page() as one:
        for kind, owner in (
            ("AUTHENTICATION", CertificateKind.INDIVIDUAL_AUTH),
            ("SIGNATURE", CertificateKind.INDIVIDUAL),
            ("123", None),
        ):
            told = await one.common("createCAdESFromBase64", "PKCS12", kind, DATA, True)
            expected = entry(owner).certificate if owner is CertificateKind.INDIVIDUAL_AUTH else SIGNER
            assert signed_data.open_signed(der(told["responseObject"])).certificate == expected, kind


async def test_language_change_is_taken_and_answers_nothing() -> None:
    async with page() as one:
        assert await one.common("changeLocale", "kz") == {"code": "200"}


async def test_uuid_of_a_request_comes_back() -> None:
    async with page() as one:
        told = await one.ask("kz.gov.pki.knca.commonUtils", "getActiveTokens", uuid="7")
    assert told == {"code": "200", "responseObject": [], "uuid": "7"}


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("getKeyInfo", ["PKCS12"]),
        ("createCAdESFromBase64", ["PKCS12", "SIGNATURE", DATA, True]),
        ("createCAdESFromBase64Hash", ["PKCS12", "SIGNATURE", b64encode(bytes(32)).decode()]),
        ("createCMSSignatureFromBase64", ["PKCS12", "SIGNATURE", DATA, True]),
        ("signXml", ["PKCS12", "SIGNATURE", "<a/>", "", ""]),
        ("signXmls", ["PKCS12", "SIGNATURE", ["<a/>"], "", ""]),
    ],
)
async def test_user_who_cancels_is_told_in_one_word(method: str, args: list[object]) -> None:
    async with page(desk(CancelMode.ALWAYS)) as one:
        for _ in range(2):
            assert await one.common(method, *args) == {"code": "500", "message": "action.canceled"}
        assert (await one.common("getActiveTokens"))["code"] == "200"


async def test_user_can_be_told_to_cancel_once_while_the_signer_runs() -> None:
    async with page() as one:
        told = await one.ask("egov-bus.sandbox", "setCancel", ["once"])
        assert told == {"code": "200", "responseObject": "once"}
        first = await one.common("getKeyInfo", "PKCS12")
        second = await one.common("getKeyInfo", "PKCS12")
        left = await one.ask("egov-bus.sandbox", "getCancel")
    assert first["message"] == "action.canceled"
    assert second["code"] == "200"
    assert left["responseObject"] == "never"
