"""Addresses of other systems as the visitor's browser reaches them: the visitor's own host with another port.

Systems of one country answer at ports of one machine, in one process, in several, and in containers; a proxy that
gives each a name of its own says so by settings.
"""

from __future__ import annotations

from fastapi import Request


def link_to_port(request: Request, port: int) -> str:
    """The address of the system at ``port`` of the host by which the visitor came here."""
    host = request.url.hostname or "127.0.0.1"
    return f"{request.url.scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


def start_page_of(request: Request) -> str:
    """The address of the country's start page by the setting ``start_page``, empty where there is none."""
    setting: str = getattr(request.app.state, "start_page", "none")
    if setting.startswith(":"):
        return link_to_port(request, int(setting[1:]))
    return "" if setting in {"", "none"} else setting
