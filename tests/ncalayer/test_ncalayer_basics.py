"""kz.gov.pki.knca.basics over a real WebSocket: the method `sign`."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from services.tools.ncalayer.signing_device import CancelMode, SigningDevice, SimulatedUser
from shared.bus.clocks.clock import ManualClock
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import signed_data
from tests.ncalayer.desk_kit import CONTENT, DATA, Page, desk, entry, page
from tests.pki.pki_centre import BIN, IIN, NOW, OTHER_IIN, centre, make_centre, pem

DETACHED = {"decode": True, "encapsulate": False, "digested": False}
ATTACHED = {**DETACHED, "encapsulate": True}
SIGN, AUTH, EMPLOYEE = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.2", "1.2.398.3.3.4.1.2.5"
CITIZEN = entry(CertificateKind.INDIVIDUAL, "rsa").certificate
WORKER = entry(CertificateKind.EMPLOYEE).certificate


def signatures(told: Any) -> list[bytes]:
    """The signatures as DER; each comes as PEM."""
    assert set(told) == {"status", "body"}, told
    assert told["status"] is True
    texts = told["body"]["result"]
    assert all(text.startswith("-----BEGIN CMS-----\n") for text in texts)
    assert all(text.endswith("\n-----END CMS-----\n") for text in texts)
    return [b64decode("".join(text.split("\n")[1:-2])) for text in texts]


async def signer(one: Page, **params: Any) -> Any:
    """The certificate that is chosen under these signerParams."""
    told = await one.sign(signingParams=ATTACHED, signerParams={"extKeyUsageOids": [], **params})
    return signed_data.open_signed(signatures(told)[0]).certificate


async def test_basics_signs_one_text_and_several_in_their_order() -> None:
    texts = ["one", "two", "три"]
    async with page() as one:
        single = signatures(await one.sign(signingParams=ATTACHED))
        several = signatures(
            await one.sign([b64encode(text.encode()).decode() for text in texts], signingParams=ATTACHED)
        )
    assert [signed_data.open_signed(each).content for each in single] == [CONTENT]
    assert [signed_data.open_signed(each).content.decode() for each in several] == texts


async def test_basics_signs_the_text_itself_unless_the_text_is_to_be_decoded() -> None:
    async with page() as one:
        (made,) = signatures(await one.sign(signingParams={"encapsulate": True}))
    assert signed_data.open_signed(made).content == DATA.encode()


@pytest.mark.parametrize(
    "params", [DETACHED, {**DETACHED, "decode": "true", "encapsulate": "false"}, {"decode": True}]
)
async def test_basics_detached_signature_holds_no_content(params: dict[str, Any]) -> None:
    async with page() as one:
        (made,) = signatures(await one.sign(signingParams=params))
    assert CONTENT not in made
    assert signed_data.open_signed(made, content=CONTENT).certificate == CITIZEN


async def test_basics_signs_a_digest_for_its_content() -> None:
    digest = b64encode(sha256(CONTENT).digest()).decode()
    async with page() as one:
        (made,) = signatures(await one.sign(digest, signingParams={**DETACHED, "digested": True}))
    assert signed_data.open_signed(made, content=CONTENT).certificate == CITIZEN


async def test_basics_asks_for_a_time_stamp_with_a_tsa_profile_and_not_with_null() -> None:
    stamped: list[bytes] = []

    def stamp(made: bytes) -> bytes:
        stamped.append(made)
        return made

    async with page(desk(stamper=stamp)) as one:
        signatures(await one.sign(signingParams={**DETACHED, "tsaProfile": None}))
        assert stamped == []
        made = signatures(await one.sign(signingParams={**DETACHED, "tsaProfile": {}}))
    assert stamped == made


async def test_basics_refuses_a_stamp_without_a_tsp_service_and_signs_nothing() -> None:
    async with page() as one:
        told = await one.sign(signingParams={**DETACHED, "tsaProfile": {}})
    assert (told["status"], told["code"]) == (False, "SIGNING_FAILURE")
    assert told["message"].startswith("ncalayer-stamp: ")
    assert "body" not in told


async def test_basics_gives_the_certificate_when_it_is_asked_for() -> None:
    async with page() as one:
        told = await one.sign(signingParams={**ATTACHED, "outputCert": True})
    result = told["body"]["result"]
    assert set(result) == {"signatures", "certificate"}
    assert result["certificate"] == CITIZEN.public_bytes(Encoding.PEM).decode()


async def test_basics_chooses_the_key_by_usages_numbers_and_authorities() -> None:
    stranger = make_centre().issuing
    async with page() as one:
        assert await signer(one) == CITIZEN
        assert await signer(one, extKeyUsageOids=[SIGN, EMPLOYEE]) == WORKER
        assert await signer(one, extKeyUsageOids=[AUTH]) == entry(CertificateKind.INDIVIDUAL_AUTH).certificate
        assert await signer(one, bin=BIN) == WORKER
        assert await signer(one, iin=IIN, bin="") == CITIZEN
        assert await signer(one, serialNumber=f"{WORKER.serial_number:X}") == WORKER
        assert await signer(one, chain=[]) == CITIZEN
        assert await signer(one, chain=[pem(centre().issuing).decode()]) == CITIZEN
        for none in ({"iin": OTHER_IIN}, {"extKeyUsageOids": ["1.2.3"]}, {"chain": [pem(stranger).decode()]}):
            refused = await one.sign(signerParams={"extKeyUsageOids": [], **none})
            assert refused["message"] == "ncalayer-key: no such key in the storage", none


async def test_basics_looks_at_the_allowed_storages_only() -> None:
    async with page() as one:
        assert signatures(await one.sign(allowedStorages=["JKS", "PKCS12"]))
        told = await one.sign(allowedStorages=["AKKaztokenStore"])
    assert told["message"].startswith("ncalayer-key: ")


async def test_basics_does_not_offer_an_expired_key_unless_it_is_allowed() -> None:
    late = ManualClock(NOW + timedelta(days=400))
    async with page(SigningDevice(desk().entries, SimulatedUser(), late)) as one:
        told = await one.sign(signingParams=ATTACHED)
        allowed = await one.sign(signingParams={**ATTACHED, "allowExpired": True})
    assert told["message"].startswith("ncalayer-key: ")
    assert signed_data.open_signed(signatures(allowed)[0]).certificate == CITIZEN


@pytest.mark.parametrize("form", ["cms", "xml"])
async def test_basics_leaves_an_empty_body_for_a_user_who_cancels(form: str) -> None:
    async with page(desk(CancelMode.ONCE)) as one:
        assert await one.sign("<a/>", form=form) == {"status": True, "body": {}}


def wrong_arguments() -> Iterable[dict[str, Any]]:
    yield {"signingParams": 555}
    yield {"signingParams": {"decode": 7}}
    yield {"signingParams": {"tsaProfile": "yes"}}
    yield {"signerParams": []}
    yield {"signerParams": {"extKeyUsageOids": "1.2"}}
    yield {"signerParams": {"extKeyUsageOids": ["one.two"]}}
    yield {"signerParams": {"iin": 12}}
    yield {"signerParams": {"chain": ["not a certificate"]}}
    yield {"signerParams": {"chain": ["-----BEGIN CERTIFICATE-----"]}}
    yield {"format": "pdf"}
    yield {"format": None}
    yield {"data": None}
    yield {"data": []}
    yield {"data": [DATA, 7]}
    yield {"data": [DATA] * 1001}
    yield {"allowedStorages": "PKCS12"}


@pytest.mark.parametrize("args", list(wrong_arguments()), ids=lambda args: str(args)[:60])
async def test_basics_answers_wrong_arguments_with_an_invocation_error_and_signs_nothing(
    args: dict[str, Any],
) -> None:
    async with page() as one:
        told = await one.sign(**args)
        assert (told["status"], told["code"]) == (False, "INVOCATION_ERROR"), told
        assert told["message"] == "An invoked method threw an exception."
        assert told["details"]
        assert signatures(await one.sign())


@pytest.mark.parametrize("digested", [False, True])
async def test_basics_raw_is_the_bare_signature_over_the_data_or_over_their_digest(digested: bool) -> None:
    data = b64encode(sha256(CONTENT).digest()).decode() if digested else DATA
    async with page() as one:
        told = await one.sign(data, format="raw", signingParams={"decode": True, "digested": digested})
    (signature,) = told["body"]["result"]
    key = CITIZEN.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(b64decode(signature, validate=True), CONTENT, padding.PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        key.verify(b64decode(signature), CONTENT + b"!", padding.PKCS1v15(), SHA256())
