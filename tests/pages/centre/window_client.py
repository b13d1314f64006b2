"""A browser without a window for the tests of refusals: it keeps cookies and reads the token of forms."""

from __future__ import annotations

import re
from typing import Any

import httpx

from shared.bus.http.tls import server_check
from tests.pages.kit.rooms import RoomStage


class WindowClient:
    """One visitor of the centre's pages; ``token`` is the session of an operator, empty for a stranger."""

    def __init__(self, stage: RoomStage, token: str = "") -> None:
        self._base = stage.served.url("is_con", "")
        self.cookies = httpx.Cookies({"egov-is_con": token} if token else {})

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        """The response to one request; its cookies are kept for the next."""
        with httpx.Client(
            base_url=self._base, verify=server_check("http://"), timeout=60, cookies=self.cookies
        ) as http:
            answer = http.request(method, path, **{"headers": {}, **how})
            self.cookies = httpx.Cookies(http.cookies)
        return answer

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.request("GET", path, params=query or None, headers={"accept-language": "ru"})

    def form_token(self, path: str) -> str:
        """The token of the forms of a page."""
        found = re.search(r'name="form-token" value="([0-9a-f]+)"', self.get(path).text)
        assert found is not None, f"{path} has no form"
        return found[1]

    def post(self, page: str, action: str, files: Any = None, **fields: str) -> httpx.Response:
        """Send the form of a page, for a reader of Russian."""
        form = {"form-token": self.form_token(page), **fields}
        return self.request("POST", action, data=form, files=files, headers={"accept-language": "ru"})
