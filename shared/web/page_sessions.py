"""The cookies of pages, and the token that binds a form to its visitor.

A page session is the session of the API, kept in a cookie instead of a header: ``egov-<instance>`` holds the token
that ``POST /api/v1/login`` would give. The API itself reads no cookie, so that no page of a stranger can call it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from fastapi import Request, Response

from shared.bus.errors import Refused
from shared.bus.http.languages import LANGUAGES

LANGUAGE_COOKIE = "egov-lang"
YEAR_SECONDS = 31_536_000
NOTICE_SECONDS = 60
LONGEST_TOKEN = 200
LONGEST_PATH = 500
FORM_TOKEN = "form-token"  # noqa: S105 - the name of a field
"""The hidden field of every form."""
FORM_TOKEN_HEADER = "x-form-token"  # noqa: S105 - the name of a header
OWN_FETCHES = frozenset({"same-origin", "none"})
"""The values of Sec-Fetch-Site of a form of ours, and of a page that the visitor loads again."""


@dataclass(frozen=True)
class PageSession:
    """What a visitor's cookies say; ``token`` is the API's session token, empty for a visitor without a login."""

    token: str = ""
    guest: str = ""
    """A random secret of a visitor without a login, so that forms before the login are bound too."""

    @property
    def form_token(self) -> str:
        """The token of this visitor's forms; empty without a session and without a guest's secret."""
        secret = self.token or self.guest
        return sha256(f"egov-bus form {secret}".encode()).hexdigest()[:32] if secret else ""


def cookie_name(request: Request, part: str = "") -> str:
    """The name of a cookie of this system: systems on one host share its cookies, whatever their ports."""
    instance = getattr(request.app.state, "instance", "system")
    return f"egov-{instance}{part}"


def read_session(request: Request) -> PageSession:
    """The visitor's session by the cookies of a request; whether it still holds, the API's functions tell."""
    token = request.cookies.get(cookie_name(request), "")[:LONGEST_TOKEN]
    return PageSession(token, request.cookies.get(cookie_name(request, "-guest"), "")[:LONGEST_TOKEN])


def remembered_language(request: Request) -> str:
    """The language of the visitor's last choice; empty for none."""
    tag = request.cookies.get(LANGUAGE_COOKIE, "")
    return tag if tag in LANGUAGES else ""


def new_guest() -> PageSession:
    """The session of a visitor who has no cookie yet."""
    return PageSession(guest=secrets.token_urlsafe(24))


def keep_cookie(
    request: Request, response: Response, name: str, value: str, seconds: int | None = None, *, is_own: bool = True
) -> None:
    """Set a cookie; an own one goes to no request that another site starts. An empty value deletes the cookie."""
    response.set_cookie(
        name,
        value,
        max_age=seconds if value else 0,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict" if is_own else "lax",
    )


def check_origin(request: Request) -> None:
    """Refuse a form that a page of another origin sends: Refused ``form-foreign``.

    A browser tells by ``Sec-Fetch-Site`` or ``Origin``; a request without both is no browser's, and the form's
    token alone decides (`check_form_token`).
    """
    fetch_site = request.headers.get("sec-fetch-site", "")
    if fetch_site:
        is_own = fetch_site in OWN_FETCHES
    else:
        origin = request.headers.get("origin", "")
        is_own = not origin or urlsplit(origin).netloc == request.headers.get("host", "")
    if not is_own:
        raise Refused("form-foreign", "the form comes from a page of another site")


def check_form_token(session: PageSession, token: str) -> None:
    """Refuse a form without the token of this visitor's forms: Refused ``form-expired``."""
    expected = session.form_token
    if not expected or not secrets.compare_digest(expected.encode(), token.encode()):
        raise Refused("form-expired", "the form belongs to another session: open the page again")


def local_path(path: str) -> str:
    """A path of this system, from its root and without a leading slash, to which a page may lead; empty for any
    other address, so that no link to a login leads a visitor elsewhere (CWE-601).
    """
    plain = path.removeprefix("/")
    is_plain = plain.isprintable() and "\\" not in plain and len(plain) <= LONGEST_PATH
    parts = urlsplit(plain) if is_plain else urlsplit("//")
    is_local = is_plain and not (parts.scheme or parts.netloc or plain.startswith("/"))
    is_rooted = ".." not in parts.path.split("/") and ":" not in parts.path.split("/")[0]
    return plain if is_local and is_rooted else ""
