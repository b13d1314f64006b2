"""The hosts under whose names a system answers: those of the setting ``allowed_hosts``, and in the sandbox all
where the setting names none.

A page of a stranger whose name leads to this machine (DNS rebinding), and a proxy that passes on any ``Host``,
reach nothing then. Addresses and ``localhost`` are always allowed: no stranger can point them elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.bus.errors import Malformed
from shared.bus.http.endpoints import ErrorRenderer, Texts
from shared.bus.http.languages import preferred_language
from shared.bus.http.requests.refusals import RefusalLog

MISDIRECTED = 421
"""The status of RFC 9110 for a request that is meant for another host."""


def install_host_guard(
    app: FastAPI, allowed_hosts: Iterable[str] | None, texts: Texts, render_error: ErrorRenderer
) -> None:
    """Let an app answer under these names, localhost and addresses only; under every name if None is given."""
    if allowed_hosts is not None:
        names = frozenset(name.lower() for name in allowed_hosts)
        app.add_middleware(HostGuard, names=names, texts=texts, render_error=render_error)


class HostGuard:
    """Refuses a request whose ``Host`` is none of the allowed names: ``host-unknown``."""

    def __init__(self, app: ASGIApp, names: frozenset[str], texts: Texts, render_error: ErrorRenderer) -> None:
        self._app = app
        self._names = names
        self._texts = texts
        self._render_error = render_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value.decode("latin-1")) for name, value in scope.get("headers", ())]
        hosts = [value for name, value in headers if name == b"host"]
        if scope["type"] != "http" or (len(hosts) == 1 and self._is_allowed(hosts[0])):
            await self._app(scope, receive, send)
            return
        tag = preferred_language(next((value for name, value in headers if name == b"accept-language"), "ru"))
        error = Malformed("host-unknown", "this system does not answer under this name")
        refusals: RefusalLog = scope["app"].state.refusal_log
        refusals.write_line(scope, scope["method"], error.code)
        await self._render_error(scope["path"], error, self._texts, tag, MISDIRECTED)(scope, receive, send)

    def _is_allowed(self, host: str) -> bool:
        name = read_host_name(host)
        return name in self._names or name == "localhost" or _is_address(name)


def read_host_name(host: str) -> str:
    """The name in a ``Host`` header, in small letters and without the port and the brackets of IPv6."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
