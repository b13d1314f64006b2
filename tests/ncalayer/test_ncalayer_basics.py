"""kz.gov.pki.knca.basics over a real WebSocket: the method `sign`."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from services.tools.ncalayer.signing_device import Cancel, Desk, User
from shared.bus.clocks.clock import ManualClock
from shared.pki.certificates.profile import Kind
from shared.pki.cms import signed_data
from tests.ncalayer.desk_kit import CONTENT, DATA, Page, desk, entry, page
from tests.pki.pki_centre import BIN, IIN, NOW, OTHER_IIN, centre, make_centre, pem

DETACHED = {"decode": True, "encapsulate": False, "digested": False}
ATTACHED = {**DETACHED, "encapsulate": True}
SIGN, AUTH, EMPLOYEE = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.2", "1.2.398.3.3.4.1.2.5"
CITIZEN = entry(Kind.INDIVIDUAL, "rsa").certificate
WORKER = entry(Kind.EMPLOYEE).certificate


def signatures(told: Any) -> list[bytes]:
    """DER of each; every one came as PEM."""
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


async def test_one_text_and_several_are_signed_in_their_order() -> None:
    texts = ["one", "two", "три"]
    async with page() as one:
        single = signatures(await one.sign(signingParams=ATTACHED))
        several = signatures(
            await one.sign([b64encode(text.encode()).decode() for text in texts], signingParams=ATTACHED)
        )
    assert [signed_data.open_signed(each).content for each in single] == [CONTENT]
    assert [signed_data.open_signed(each).content.decode() for each in several] == texts


async def test_the_text_itself_is_signed_unless_it_is_to_be_decoded() -> None:
    async with page() as one:
        (made,) = signatures(await one.sign(signingParams={"encapsulate": True}))
    assert signed_data.open_signed(made).content == DATA.encode()


@pytest.mark.parametrize(
    "params", [DETACHED, {**DETACHED, "decode": "true", "encapsulate": "false"}, {"decode": True}]
)
async def test_a_detached_signature_holds_no_content(params: dict[str, Any]) -> None:
    async with page() as one:
        (made,) = signatures(await one.sign(signingParams=params))
    assert CONTENT not in made
    assert signed_data.open_signed(made, content=CONTENT).certificate == CITIZEN


async def test_a_digest_is_signed_for_its_content() -> None:
    digest = b64encode(sha256(CONTENT).digest()).decode()
    async with page() as one:
        (made,) = signatures(await one.sign(digest, signingParams={**DETACHED, "digested": True}))
    assert signed_data.open_signed(made, content=CONTENT).certificate == CITIZEN


async def test_a_profile_of_time_stamps_asks_for_one_and_null_does_not() -> None:
    stamped: list[bytes] = []

    def stamp(made: bytes) -> bytes:
        stamped.append(made)
        return made

    async with page(desk(stamper=stamp)) as one:
        signatures(await one.sign(signingParams={**DETACHED, "tsaProfile": None}))
        assert stamped == []
        made = signatures(await one.sign(signingParams={**DETACHED, "tsaProfile": {}}))
    assert stamped == made


async def test_without_a_time_stamping_service_a_stamp_is_refused_and_nothing_is_signed() -> None:
    async with page() as one:
        told = await one.sign(signingParams={**DETACHED, "tsaProfile": {}})
    assert (told["status"], told["code"]) == (False, "SIGNING_FAILURE")
    assert told["message"].startswith("ncalayer-stamp: ")
    assert "body" not in told


async def test_the_certificate_comes_along_when_it_is_asked_for() -> None:
    async with page() as one:
        told = await one.sign(signingParams={**ATTACHED, "outputCert": True})
    result = told["body"]["result"]
    assert set(result) == {"signatures", "certificate"}
    assert result["certificate"] == CITIZEN.public_bytes(Encoding.PEM).decode()


async def test_usages_numbers_and_authorities_choose_the_key() -> None:
    stranger = make_centre().issuing
    async with page() as one:
        assert await signer(one) == CITIZEN
        assert await signer(one, extKeyUsageOids=[SIGN, EMPLOYEE]) == WORKER
        assert await signer(one, extKeyUsageOids=[AUTH]) == entry(Kind.INDIVIDUAL_AUTH).certificate
        assert await signer(one, bin=BIN) == WORKER
        assert await signer(one, iin=IIN, bin="") == CITIZEN
        assert await signer(one, serialNumber=f"{WORKER.serial_number:X}") == WORKER
        assert await signer(one, chain=[]) == CITIZEN
        assert await signer(one, chain=[pem(centre().issuing).decode()]) == CITIZEN
        for none in ({"iin": OTHER_IIN}, {"extKeyUsageOids": ["1.2.3"]}, {"chain": [pem(stranger).decode()]}):
            refused = await one.sign(signerParams={"extKeyUsageOids": [], **none})
            assert refused["message"] == "ncalayer-key: no such key in the storage", none


async def test_only_the_allowed_storages_are_looked_at() -> None:
    async with page() as one:
        assert signatures(await one.sign(allowedStorages=["JKS", "PKCS12"]))
        told = await one.sign(allowedStorages=["AKKaztokenStore"])
    assert told["message"].startswith("ncalayer-key: ")


async def test_an_expired_key_is_not_offered_unless_it_is_allowed() -> None:
    late = ManualClock(NOW + timedelta(days=400))
    async with page(Desk(desk().entries, User(), late)) as one:
        told = await one.sign(signingParams=ATTACHED)
        allowed = await one.sign(signingParams={**ATTACHED, "allowExpired": True})
    assert told["message"].startswith("ncalayer-key: ")
    assert signed_data.open_signed(signatures(allowed)[0]).certificate == CITIZEN


@pytest.mark.parametrize("form", ["cms", "xml"])
async def test_a_user_who_cancels_leaves_an_empty_body(form: str) -> None:
    async with page(desk(Cancel.ONCE)) as one:
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
async def test_wrong_arguments_are_an_invocation_error_and_nothing_is_signed(args: dict[str, Any]) -> None:
    async with page() as one:
        told = await one.sign(**args)
        assert (told["status"], told["code"]) == (False, "INVOCATION_ERROR"), told
        assert told["message"] == "An invoked method threw an exception."
        assert told["details"]
        assert signatures(await one.sign())
