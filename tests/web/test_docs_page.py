"""``/docs`` is drawn from files that the system itself serves, with no script or style written into the page."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from lxml import etree

from shared.bus.http import docs_page


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    app = FastAPI(title="<script>alert(1)</script>", docs_url=None, redoc_url=None, routes=docs_page.router.routes)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://system") as client:
        yield client


async def test_docs_page_names_only_files_that_its_own_system_serves(client: AsyncClient) -> None:
    page = await client.get("/docs")
    root = etree.HTML(page.text)
    named = [one.get("src") or one.get("href") or "" for one in root.iter("script", "link", "a")]
    assert len(named) == 8
    for address in named:
        assert "//" not in address
        assert (await client.get(f"/{address}")).status_code == 200, address


async def test_docs_page_has_a_policy_without_exceptions_and_nothing_inline(client: AsyncClient) -> None:
    page = await client.get("/docs")
    policy = page.headers["content-security-policy"].split("; ")
    assert {"default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} < set(policy)
    assert "unsafe" not in page.headers["content-security-policy"]
    assert (page.headers["x-content-type-options"], page.headers["referrer-policy"]) == ("nosniff", "no-referrer")
    root = etree.HTML(page.text)
    assert list(root.iter("style")) == []
    assert [one.text for one in root.iter("script") if one.text] == []
    assert root.findtext("head/title") == "<script>alert(1)</script>"
