"""НУЦ over HTTP: short requests, answers of bounded length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from shared.bus.errors import Unavailable, Untrusted
from shared.bus.http.tls import server_check, uses_proxies

REQUEST_SECONDS = 10.0
LATER = (408, 429)
"""The statuses below 500 with which a server asks to repeat the request later."""


class NucConnection:
    """A connection to one НУЦ, safe for threads; Unavailable directory-unavailable when НУЦ does not answer."""

    def __init__(self, url: str, timeout: float) -> None:
        self._http = httpx.Client(
            base_url=url, timeout=timeout, verify=server_check(url), trust_env=uses_proxies(url)
        )

    def get(self, path: str, limit: int) -> bytes | None:
        """The content at `path`, at most `limit` bytes; None for status 404."""
        status, content = self._send_request(self._http.build_request("GET", path), limit)
        return None if status == 404 else content

    def post(self, path: str, content: bytes, kind: str, limit: int, timeout: float) -> bytes:
        """The answer to `content` of the media type `kind`, at most `limit` bytes; `timeout` in seconds for each
        network operation.
        """
        headers = {"Content-Type": kind}
        request = self._http.build_request("POST", path, content=content, headers=headers, timeout=timeout)
        status, answer = self._send_request(request, limit)
        if status == 404:
            raise Unavailable("directory-unavailable", "НУЦ has no such service")
        return answer

    def close(self) -> None:
        self._http.close()

    def _send_request(self, request: httpx.Request, limit: int) -> tuple[int, bytes]:
        try:
            answer = self._http.send(request, stream=True)
            try:
                content = _read_bounded(answer, limit)
            finally:
                answer.close()
        except httpx.HTTPError as error:
            raise Unavailable("directory-unavailable", repr(error)) from None
        if answer.status_code not in (200, 404):
            raise Unavailable("directory-unavailable", f"НУЦ answered {answer.status_code}")
        return answer.status_code, content


def _read_bounded(answer: httpx.Response, limit: int) -> bytes:
    content = b""
    for part in answer.iter_bytes():
        content += part
        if len(content) > limit:
            raise Unavailable("directory-unavailable", "НУЦ's answer is too long", limit=limit)
    return content


async def post_request(url: str, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Any:
    """НУЦ's answer to a request for a certificate, read from JSON.

    Unavailable ``directory-unavailable`` when НУЦ does not answer, is busy or has a fault: the request may be
    repeated; Untrusted ``enrolment-refused``, with НУЦ's answer as the message, when НУЦ refuses.
    """
    content = {"Content-Type": "application/json", **(headers or {})}
    try:
        async with httpx.AsyncClient(
            base_url=url, timeout=REQUEST_SECONDS, verify=server_check(url), trust_env=uses_proxies(url)
        ) as http:
            answer = await http.post(path, content=body, headers=content)
    except httpx.HTTPError as error:
        raise Unavailable("directory-unavailable", repr(error)) from None
    if answer.status_code in LATER or answer.status_code >= 500:
        raise Unavailable("directory-unavailable", f"НУЦ answered {answer.status_code}")
    if answer.status_code != 201:
        raise Untrusted("enrolment-refused", answer.text)
    return answer.json()
