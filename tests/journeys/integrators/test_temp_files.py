"""``EDS_TEMP_FILES``: a system brings files for a time, and another system fetches them by their ids."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.doors import JoinedSystem, join
from tests.journeys.integrators.calls import ProviderAnswer, send
from tests.journeys.kit import RunningCountry

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICE = "EDS_TEMP_FILES"
CONTENT = bytes(range(256)) * 40


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sender(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    yield await join(country, "file-sender", asks=[SERVICE])


def upload(content: str, life: str = "60000", name: str = "a &amp; b.pdf") -> str:
    return (
        f"<fileUploadRequests><fileProcessIdentifier>p-{name}</fileProcessIdentifier><content>{content}</content>"
        f"<name>{name}</name><mime>application/pdf</mime><lifeTime>{life}</lifeTime>"
        "<needToBeConfirmed>false</needToBeConfirmed></fileUploadRequests>"
    )


def write_request(kind: str, body: str) -> str:
    """The element ``data`` of a request."""
    return (
        '<data><ns5:tempStorageRequest xmlns:ns5="http://egov.bee.kz/eds/tempstorage/v2/">'
        f"<type>{kind}</type>{body}<credentials><login>l</login></credentials></ns5:tempStorageRequest></data>"
    )


async def exchange(country: RunningCountry, system: JoinedSystem, kind: str, body: str) -> ProviderAnswer:
    return await send(country, system, SERVICE, write_request(kind, body))


async def keep(country: RunningCountry, system: JoinedSystem, *uploads: str) -> ProviderAnswer:
    return await exchange(country, system, "UPLOAD", f"<uploadRequest>{''.join(uploads)}</uploadRequest>")


async def fetch(country: RunningCountry, system: JoinedSystem, *file_ids: str) -> ProviderAnswer:
    listed = "".join(f"<fileIdentifiers>{file_id}</fileIdentifiers>" for file_id in file_ids)
    return await exchange(country, system, "DOWNLOAD", f"<downloadRequest>{listed}</downloadRequest>")


def texts(answer: ProviderAnswer, name: str) -> list[str | None]:
    return [element.text for element in answer.data.iter(name)]


async def test_files_come_back_as_they_were_to_another_system_that_knows_their_ids(
    country: RunningCountry, sender: JoinedSystem
) -> None:
    broken = "&#13;\n".join(b64encode(CONTENT[n : n + 57]).decode() for n in range(0, len(CONTENT), 57))
    kept = await keep(country, sender, upload(broken), upload("QQ==", name="b.txt"))
    assert (kept.code, texts(kept, "fileProcessIdentifier")) == ("SCSS001", ["p-a & b.pdf", "p-b.txt"])
    first, second = texts(kept, "fileIdentifier")
    receiver = await join(country, "file-receiver", asks=[SERVICE])
    fetched = await fetch(country, receiver, str(second), str(first))
    assert texts(fetched, "content") == ["QQ==", b64encode(CONTENT).decode()]
    assert texts(fetched, "name") == ["b.txt", "a & b.pdf"]
    rows = await country.operator("temp_files").get("/api/v1/files", uploaded_by=sender.address)
    assert [(row["name"], row["size"]) for row in rows] == [("b.txt", 1), ("a & b.pdf", len(CONTENT))]


async def test_file_ends_with_its_time_and_an_unknown_file_is_none(
    country: RunningCountry, sender: JoinedSystem
) -> None:
    kept = await keep(country, sender, upload("QQ==", life="1"), upload("QQ=="))
    ended, living = (str(text) for text in texts(kept, "fileIdentifier"))
    answers = [await fetch(country, sender, *ids) for ids in ((ended,), ("x",), (living, ended))]
    assert {(answer.code, answer.reason) for answer in answers} == {("SCSE001", "file-unknown")}
    assert (await fetch(country, sender, living)).code == "SCSS001"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("REMOVE", ""),
        ("UPLOAD", ""),
        ("UPLOAD", upload("not base64!")),
        ("UPLOAD", upload("")),
        ("UPLOAD", upload("QQ==", life="for ever")),
        ("UPLOAD", upload("QQ==", life="999999999999")),
        ("UPLOAD", upload("QQ==", name="")),
        ("UPLOAD", upload("QQ==", name="n" * 256)),
        ("UPLOAD", upload("QQ==", name="fdp.\u202eexe")),
        ("UPLOAD", upload("QQ==") * 21),
        ("DOWNLOAD", ""),
    ],
)
async def test_faulty_request_to_the_storage_is_answered_as_such(
    country: RunningCountry, sender: JoinedSystem, kind: str, body: str
) -> None:
    answer = await exchange(country, sender, kind, body)
    assert (answer.code, answer.reason) == ("SCSE002", "file-request-malformed")
