"""One HTTP connection to one system."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Self

import httpx

from shared.bus.http.tls import server_check, uses_proxies


class ApiError(Exception):
    """An error answer of a system: its stable ``code``, the HTTP ``status``, the whole ``body``."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body.get('code')}: {body.get('detail')}")
        self.status = status
        self.code = str(body.get("code"))
        self.body = body


class HttpClient:
    """JSON over HTTP with a bearer token; every answer other than 2xx raises ``ApiError``.

    ``transport`` replaces the network, as in httpx.
    """

    def __init__(
        self,
        url: str,
        *,
        language: str = "ru",
        token: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Accept-Language": language}
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=30,
            headers=headers,
            verify=server_check(url),
            trust_env=uses_proxies(url),
            transport=transport,
        )
        if token is not None:
            self.set_token(token)

    def set_token(self, token: str) -> None:
        """Use this bearer token from now on."""
        self._http.headers["Authorization"] = f"Bearer {token}"

    async def get(self, path: str, **query: Any) -> Any:
        params = {name: value for name, value in query.items() if value is not None}
        return (await self.call("GET", path, params=params)).json()

    async def list_pages(self, path: str, **query: Any) -> AsyncIterator[list[Any]]:
        """The pages of a list, in its order (as the answers' ``Link`` names them)."""
        wanted = {name: value for name, value in query.items() if value is not None}
        answer = await self.call("GET", path, params=wanted)
        yield answer.json()
        while "next" in answer.links:
            answer = await self.call("GET", answer.links["next"]["url"])
            yield answer.json()

    async def list_all(self, path: str, **query: Any) -> list[Any]:
        """Every row of a list, read page by page; a list that grows meanwhile is read as it was."""
        return [row async for page in self.list_pages(path, **query) for row in page]

    async def post(self, path: str, body: Any = None) -> Any:
        answer = await self.call("POST", path, json=body)
        return answer.json() if answer.content else None

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = await self._http.request(method, path, **options)
        if answer.is_success:
            return answer
        try:
            body = answer.json()
        except ValueError:
            body = {"code": "not-a-problem", "detail": answer.text[:500]}
        raise ApiError(answer.status_code, body)

    def stream(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """An open answer, to be read line by line."""
        return self._http.stream("GET", path, headers=headers, timeout=None)

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
