"""The Python client against one running system."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import rsa

from shared import client
from shared.client import ApiError, OperatorClient, PortalClient, certify_person
from shared.client.http import HttpClient
from shared.pki.certificates import keys
from shared.pki.cms import signed_data
from tests.journeys.kit import RunningCountry, refused, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIGNED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("client"), names=("is_nuc",)) as made:
        yield made


async def test_client_has_these_public_names() -> None:
    assert client.__all__ == [
        "ApiError",
        "CertifiedPerson",
        "OperatorClient",
        "ParticipantClient",
        "ParticipantKey",
        "PortalClient",
        "WorkplaceClient",
        "certify_person",
        "read_webhook",
    ]


async def test_client_certifies_a_person_with_the_kind_of_key_that_nuc_gives_people(nuc: RunningCountry) -> None:
    person = nuc.stranger()
    who = await certify_person(nuc.url("is_nuc"), person.iin, person.surname, person.name, person.patronymic)
    assert isinstance(who.key, rsa.RSAPrivateKey)
    assert who.key.key_size == 2048
    assert who.certificate.public_key() == who.key.public_key()
    signed = signed_data.open_signed(who.sign(b"a letter", SIGNED_AT))
    assert (signed.content, signed.certificate, signed.signing_time) == (b"a letter", who.certificate, SIGNED_AT)


async def test_client_certifies_the_key_that_is_given(nuc: RunningCountry) -> None:
    key, person = keys.new_ec_key(), nuc.stranger()
    who = await certify_person(nuc.url("is_nuc"), person.iin, person.surname, person.name, key=key)
    assert who.key is key
    assert who.certificate.public_key() == key.public_key()


async def test_client_raises_a_refusal_with_its_status_its_code_and_all_it_says(nuc: RunningCountry) -> None:
    error = await refused(certify_person(nuc.url("is_nuc"), "850101100023", "А", "Б", key=keys.new_ec_key()))
    assert isinstance(error, ApiError)
    assert (error.status, error.code, error.body["status"]) == (422, "iin-check-digit", 422)
    assert "iin-check-digit" in str(error)


@pytest.mark.parametrize(
    ("language", "words"), [("ru", "Нужен ключ"), ("kk", "кілті қажет"), ("en", "token is needed")]
)
async def test_client_gets_problems_in_the_language_that_was_asked_for(
    nuc: RunningCountry, language: str, words: str
) -> None:
    async with HttpClient(nuc.url("is_nuc"), language=language) as http:
        error = await refused(http.post("/api/v1/revocations", {}))
    assert (error.status, error.code) == (401, "operator-only")
    assert words in error.body["detail"]


async def test_client_finds_the_operators_token_in_the_data_directory(nuc: RunningCountry) -> None:
    async with OperatorClient.of_instance(nuc.url("is_nuc"), nuc.folder, "is_nuc") as operator:
        assert set(await operator.post("/api/v1/invitations/somebody")) == {"token", "root"}


async def test_client_raises_an_answer_that_is_no_problem_document_too() -> None:
    def proxy(request: httpx.Request) -> httpx.Response:
        return httpx.Response(502, text="<html>Bad gateway</html>")

    async with PortalClient("http://portal.test", transport=httpx.MockTransport(proxy)) as portal:
        error = await refused(portal.get_history())
    assert (error.status, error.code) == (502, "not-a-problem")
    assert "Bad gateway" in str(error)


async def test_client_raises_a_connection_error_for_a_system_that_is_not_there(nuc: RunningCountry) -> None:
    async with PortalClient(nuc.url("is_nuc").replace("127.0.0.1", "127.0.0.2")) as portal:
        with pytest.raises(httpx.ConnectError):
            await portal.get_history()
