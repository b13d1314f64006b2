"""Style sheets and scripts: cached by the browser for good, under an address that changes with their content."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette

from shared.web.static_files import StaticFolder


@pytest.fixture
def folder(tmp_path: Path) -> StaticFolder:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.css").write_text("p{}")
    (tmp_path / "secret.txt").write_text("operator.token")
    return StaticFolder("design", tmp_path / "static")


@pytest.fixture
async def client(folder: StaticFolder) -> AsyncIterator[AsyncClient]:
    app = Starlette()
    app.mount(folder.mount_path, folder)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://page") as client:
        yield client


async def test_static_file_is_served_for_good_under_its_present_address(
    folder: StaticFolder, client: AsyncClient
) -> None:
    answer = await client.get("/" + folder.address("a.css"))
    assert (answer.status_code, answer.text) == (200, "p{}")
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = await client.get("/" + folder.address("a.css"), headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_static_file_of_an_older_address_is_the_present_one_and_not_kept(client: AsyncClient) -> None:
    answer = await client.get("/static/design/0123456789abcdef/a.css")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


async def test_static_address_changes_with_any_content_and_any_name(tmp_path: Path) -> None:
    versions = set()
    for number, (name, content) in enumerate([("a.css", "p{}"), ("a.css", "p{} "), ("b.css", "p{}")]):
        place = tmp_path / f"{number}"
        place.mkdir()
        (place / name).write_text(content)
        versions.add(StaticFolder("design", place).version)
    assert len(versions) == 3


@pytest.mark.parametrize(
    "tail", ["../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "/etc/passwd", "a.css%00", "", "none.css"]
)
async def test_static_folder_gives_nothing_that_lies_outside(
    folder: StaticFolder, client: AsyncClient, tail: str
) -> None:
    for start in (f"/static/design/{folder.version}/", "/static/design/x/../", "/static/design/"):
        answer = await client.get(start + tail)
        assert answer.status_code == 404, answer.text
        assert "operator" not in answer.text
