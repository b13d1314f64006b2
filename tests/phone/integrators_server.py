"""A server of the two endpoints as an integrator writes it from the document, with the standard library alone."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

EXPIRY = "2030-09-29T16:21:37.06+0600"
NAMES = {"nameRu": "Договор", "nameKz": "Шарт", "nameEn": "Contract"}
ORGANISATION = {"nameRu": "ТОО «Шелек»", "nameKz": "«Шелек» ЖШС", "nameEn": "Shelek LLP", "bin": "050340000126"}
TOKEN = "token-of-the-link"
CONTENT = b"the contract"


def document(number: int, content: bytes = CONTENT, **further: Any) -> dict[str, Any]:
    """A document of API 2 for the CMS methods."""
    data = base64.b64encode(content).decode()
    return {"id": number, **NAMES, "document": {"file": {"mime": "@file/pdf", "data": data}}, **further}


def xml_document(number: int, xml: str) -> dict[str, Any]:
    """A document of API 2 for the method XML."""
    return {"id": number, **NAMES, "documentXml": xml}


@dataclass
class SeenRequest:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class IntegratorsServer:
    """What the server answers, and what came to it; ``verdicts`` are the answers to PUT, one after another."""

    url: str = ""
    auth_type: str = "None"
    method: str = "CMS_WITH_DATA"
    documents: list[dict[str, Any]] = field(default_factory=lambda: [document(1)])
    invitation: dict[str, Any] = field(default_factory=dict)
    offer: dict[str, Any] = field(default_factory=dict)
    first_status: int = 200
    verdicts: list[tuple[int, Any]] = field(default_factory=lambda: [(200, "success")])
    is_one_time: bool = False
    requests: list[SeenRequest] = field(default_factory=list)

    @property
    def link(self) -> str:
        return f"mobileSign:{self.url}/mgovSign/1"

    @property
    def puts(self) -> list[SeenRequest]:
        return [request for request in self.requests if request.method == "PUT"]

    def answer(self, request: SeenRequest) -> tuple[int, Any]:
        """The status and the JSON of the answer."""
        self.requests.append(request)
        if request.path == "/mgovSign/1":
            if self.is_one_time and self.puts:
                return 410, {"message": "the link is used"}
            return self.first_status, self._invite()
        if request.method == "PUT":
            return self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]
        return 200, {"signMethod": self.method, "version": 2, "documentsToSign": self.documents, **self.offer}

    def _invite(self) -> dict[str, Any]:
        place: dict[str, Any] = {"uri": f"{self.url}/mgovSign/1/documents", "auth_type": self.auth_type}
        if self.auth_type == "Token":
            place["auth_token"] = TOKEN
        usual = {"description": "Подпишите договор", "expiry_date": EXPIRY, "organisation": ORGANISATION}
        return {**usual, "document": place, **self.invitation}


def in_180_seconds(now: datetime) -> str:
    """The expiry of a link as real servers write it."""
    return (now + timedelta(seconds=180)).strftime("%Y-%m-%dT%H:%M:%S.%f+0000")


@contextmanager
def serving(server: IntegratorsServer) -> Iterator[IntegratorsServer]:
    """The server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = server.answer(SeenRequest(self.command, self.path, dict(self.headers), body))
            answer = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the names of http.server

        def log_message(self, *_: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server.url = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join(10)
