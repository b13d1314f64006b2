"""The endpoint at which Pact's verifier asks for the message of an interaction, or for the values of a state."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

JSON_TYPE = "application/json"


@contextmanager
def serving(answers: Mapping[str, bytes]) -> Iterator[int]:
    """Serve these answers by the description of a message or the name of a state; the value is the port to ask.

    The server of the package leaves its socket open, which would be a fault of whatever test runs next.
    """

    class MessageEndpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = answers.get(asked.get("description") or asked["state"])
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", JSON_TYPE)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), MessageEndpoint) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
