"""A server at which a phone signs, over http.server; signatures are proved by the program openssl."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

CONTENT = "Договор № 17".encode()
NAMES = {"nameRu": "Договор", "nameKz": "Шарт", "nameEn": "Contract"}


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class OpensslSession:
    """One signing session; ``trusted`` is a file with НУЦ's root and issuing certificates."""

    def __init__(self, trusted: Path, folder: Path) -> None:
        self.trusted, self.folder = trusted, folder
        self.token, self.is_signed = token_urlsafe(16), False

    def link(self, host: str) -> tuple[int, Any]:
        if self.is_signed:
            return 410, {"message": "the link has served"}
        until = (now() + timedelta(seconds=180)).strftime("%Y-%m-%dT%H:%M:%S.%f%z")
        document = {"uri": f"http://{host}/documents", "auth_type": "Token", "auth_token": self.token}
        organisation = {"nameRu": "ТОО", "nameKz": "ЖШС", "nameEn": "LLP", "bin": "050340000128"}
        return 200, {"description": "17", "expiry_date": until, "organisation": organisation, "document": document}

    def documents(self) -> tuple[int, Any]:
        file = {"mime": "", "data": base64.b64encode(CONTENT).decode()}
        paper = {"id": 17, **NAMES, "meta": [], "document": {"file": file}}
        return 200, {"signMethod": "CMS_WITH_DATA", "version": 2, "documentsToSign": [paper]}

    def put(self, body: bytes) -> tuple[int, Any]:
        try:
            (paper,) = json.loads(body)["documentsToSign"]
            is_right = paper["id"] == 17 and self.proves(base64.b64decode(paper["document"]["file"]["data"]))
        except (ValueError, KeyError, TypeError):
            return 400, {"message": "not what was sent"}
        if not is_right:
            return 403, {"message": "the signature does not hold"}
        self.is_signed = True
        return 200, {"message": "success"}

    def proves(self, cms: bytes) -> bool:
        """Whether openssl verifies the signature, the chain, the term, and finds our document inside."""
        (self.folder / "signed.der").write_bytes(cms)
        done = subprocess.run(
            [
                "openssl",
                "cms",
                "-verify",
                "-inform",
                "DER",
                "-in",
                str(self.folder / "signed.der"),
                "-binary",
                "-CAfile",
                str(self.trusted),
                "-purpose",
                "any",
            ],
            capture_output=True,
            check=False,
        )
        return done.returncode == 0 and done.stdout == CONTENT


def make_server(session: OpensslSession) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.startswith("/mgovSign"):
                self.reply(*session.link(str(self.headers["Host"])))
            elif self.headers.get("Authorization") != f"Bearer {session.token}":
                self.reply(401, {"message": "no token"})
            else:
                self.reply(*(session.put(body) if self.command == "PUT" else session.documents()))

        do_GET = do_PUT = handle_any  # noqa: N815 - the names of http.server

        def reply(self, status: int, value: Any) -> None:
            body = json.dumps(value, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)
