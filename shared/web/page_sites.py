"""The pages of one system for one kind of visitor (`PageSite`), and one page that is being answered (`Page`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from shared.bus.errors import BusError
from shared.bus.http.languages import LANGUAGES, preferred_language
from shared.bus.http.request_budgets import RequestLimits
from shared.bus.http.requests.refusals import note_refusal
from shared.bus.profiles import Profile
from shared.texts.catalog import COMMON, texts_beside
from shared.web import formats
from shared.web.page_sessions import (
    FORM_TOKEN,
    LANGUAGE_COOKIE,
    LONGEST_PATH,
    NOTICE_SECONDS,
    YEAR_SECONDS,
    PageSession,
    cookie_name,
    keep_cookie,
    local_path,
    new_guest,
    read_session,
    remembered_language,
)
from shared.web.pages import PageFolder, path_to_root
from shared.web.system_links import start_page_of

WORDS = texts_beside(__file__, file="web_words.yaml")
"""The words of the frame and of the components."""
NEXT = "next"
"""The parameter of a login page: where the visitor wanted to go."""
OVER = "over"
"""The parameter of a login page to which an ended session led."""
TONES = ("good", "bad", "doubtful")


@dataclass(frozen=True)
class SiteLink:
    """An entry of the main navigation: a path from the system's root, and the code of its word."""

    path: str
    word: str
    is_for_visitors: bool = False
    """Whether only a visitor with a login sees the entry."""


@dataclass(frozen=True)
class PageSite:
    """The pages of one system for one kind of visitor: their folder, name, navigation, and where a login leads.

    Paths are from the system's root and without a slash at their beginning (``cabinet/7``).
    """

    pages: PageFolder
    brand: str
    """The code of the site's name among the words of ``pages``."""
    links: Sequence[SiteLink] = ()
    home: str = ""
    """The path of the page to which the name leads."""
    login: str = ""
    """The path of the login page, to which ``login-needed`` leads; empty for pages without a login."""
    logout: str = ""
    """The path of the form that ends the session (POST)."""
    leads: Mapping[str, str] = field(default_factory=dict)
    """Further codes of errors that lead to a page, with its path: ``password-change-needed``."""
    describe: Callable[[Page], Mapping[str, Any]] = lambda page: {}
    """Further values for every template of the site."""
    describe_headers: Callable[[Page], Mapping[str, str]] = lambda page: {}
    """Further headers of every page of the site, which depend on the system's settings."""

    def lead_of(self, code: str) -> str | None:
        """The path of the page to which an error leads; None for an error that has a page of its own."""
        if code == "login-needed" and self.login:
            return self.login
        return self.leads.get(code)


@dataclass
class Page:
    """One page that is being answered: its site, language and session, and the answer's cookies."""

    site: PageSite
    request: Request
    tag: str
    """The language: of ``?lang=``, else of the visitor's last choice, else the browser's."""
    session: PageSession
    visitor: str = ""
    """The name of the visitor with a login, shown in the frame; a dependency of the system sets it."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """The faults of a form's fields, in the visitor's language, by field: see ``refuse``."""
    cookies: list[tuple[str, str, int | None]] = field(default_factory=list)
    """The cookies of the answer: name, value, seconds."""

    @property
    def path(self) -> str:
        """The path of the page from the system's root, with its query."""
        query = self.request.url.query
        return self.request.url.path.removeprefix("/") + (f"?{query}" if query else "")

    @property
    def root(self) -> str:
        """The relative address of the system's root."""
        return path_to_root(self.request.url.path)

    @property
    def is_part(self) -> bool:
        """Whether htmx asks for a part of the page: the template may draw that part alone."""
        return self.request.headers.get("hx-request") == "true"

    def say(self, code: str, **values: Any) -> str:
        """A word of the site in the visitor's language, with its placeholders filled."""
        text = self.site.pages.words[code][self.tag]
        return text.format(**values) if values else text

    def address(self, path: str, **query: str) -> str:
        """The relative address of a page of this system; empty values of the query are left out."""
        pairs = {name: value for name, value in query.items() if value}
        return (self.root + path or "./") + (f"?{urlencode(pairs)}" if pairs else "")

    def show(
        self, name: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> Response:
        """The page from the template ``name``; beside ``values`` the template has what `describe_page` gives."""
        text = self.site.pages.render_text(name, self.tag, self.request.url.path, **describe_page(self) | values)
        everything = {**self.site.pages.headers, **self.site.describe_headers(self), **(headers or {})}
        return self._finish(HTMLResponse(text, status_code=status, headers=everything))

    def refuse(self, name: str, errors: Mapping[str, str], **values: Any) -> Response:
        """The form of the template ``name`` once more, with the faults of its fields: 422."""
        self.errors = errors
        return self.show(name, status=422, **values)

    def lead_to(self, path: str, **query: str) -> Response:
        """Lead to a page of this system after a form: 303, or what htmx understands."""
        return self._finish(_redirect(self.request, self.address(path, **query)))

    def lead_back(self) -> Response:
        """Lead to where the visitor wanted to go before the login, else to the site's home."""
        wanted = local_path(self.request.query_params.get(NEXT, ""))
        return self._finish(_redirect(self.request, self.root + (wanted or self.site.home) or "./"))

    def open_session(self, token: str) -> None:
        """Keep the session that the API's function has opened in the answer's cookie."""
        self.cookies += [(cookie_name(self.request), token, None), (cookie_name(self.request, "-guest"), "", None)]

    def end_session(self) -> None:
        """Delete the cookie of the session; the API's function has ended the session itself."""
        self.cookies.append((cookie_name(self.request), "", None))

    def leave_notice(self, word: str, tone: str = "good") -> None:
        """Have the next page show a word of the site once, in the tone good, bad or doubtful."""
        self.cookies.append((cookie_name(self.request, "-notice"), f"{tone}.{word}", NOTICE_SECONDS))

    def take_notice(self) -> tuple[str, str] | None:
        """The tone and the text that the page before left; the answer deletes them."""
        name = cookie_name(self.request, "-notice")
        tone, _, word = self.request.cookies.get(name, "").partition(".")
        if tone not in TONES or word not in self.site.pages.words:
            return None
        self.cookies.append((name, "", None))
        return tone, self.say(word)

    def show_fault(self, name: str, error: BusError, **values: Any) -> Response:
        """The page from the template ``name`` with ``fault``, the text of a refusal that the page itself shows,
        and the refusal's status; the refusal is logged.
        """
        note_refusal(self.request.scope, error)
        wait = error.details.get("retry_after")
        headers = {"Retry-After": str(wait)} if wait else None
        return self.show(name, status=error.http_status, headers=headers, fault=self.explain(error), **values)

    def explain(self, error: BusError) -> str:
        """What an error says to the visitor."""
        texts: Mapping[str, Mapping[str, str]] = self.request.app.state.texts
        return (texts.get(error.code) or COMMON.get(error.code) or {}).get(self.tag, error.message)

    def make_guest(self) -> None:
        """Give a visitor without a session a secret, to which the forms of the page are bound."""
        self.session = new_guest()
        self.cookies.append((cookie_name(self.request, "-guest"), self.session.guest, None))

    def _finish(self, response: Response) -> Response:
        for name, value, seconds in self.cookies:
            keep_cookie(self.request, response, name, value, seconds)
        if self.request.query_params.get("lang") == self.tag != remembered_language(self.request):
            keep_cookie(self.request, response, LANGUAGE_COOKIE, self.tag, YEAR_SECONDS, is_own=False)
        return response


class FormToken:
    """The token of a page's forms; a page without a form gives no visitor a cookie."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def __str__(self) -> str:
        if not self._page.session.form_token:
            self._page.make_guest()
        return self._page.session.form_token


def read_language(request: Request) -> str:
    """The language of a visitor: of ``?lang=``, else of the last choice, else the browser's."""
    chosen = request.query_params.get("lang", "")
    browser = preferred_language(request.headers.get("accept-language", "ru"))
    return chosen if chosen in LANGUAGES else remembered_language(request) or browser


def make_page(site: PageSite, request: Request, tag: str = "") -> Page:
    """The page of a site that a request asks for; ``tag`` is a language that is known already."""
    return Page(site, request, tag or read_language(request), read_session(request))


async def open_page(request: Request) -> Page:
    """The page of the request's endpoint, made once; see ``PageRouter``."""
    page: Page | None = request.scope.get("egov_bus.page")
    if page is None:
        page = request.scope["egov_bus.page"] = make_page(request.scope["route"].site, request)
    return page


OpenPage = Annotated[Page, Depends(open_page)]
"""The page that an endpoint answers, as its dependency."""


def largest_files(request: Request) -> int:
    """The bytes that the files of one form may have together: a signed document carries them in base64, twice."""
    limits: RequestLimits | None = getattr(request.app.state, "request_limits", None)
    return 0 if limits is None else limits.most_bytes // 2


def describe_page(page: Page) -> dict[str, Any]:
    """What every template of a site has beside its own values: ``page``, ``site``, ``query``, ``form_token``,
    ``notice_left``, ``web`` (the words of the components), ``say`` with placeholders, ``link(path, **query)``, and
    the formats of ``shared.web.formats`` in the page's language.
    """
    pairs = parse_qsl(page.request.url.query, keep_blank_values=True)
    return {
        "page": page,
        "site": page.site,
        "query": urlencode([(name, value) for name, value in pairs if name != "lang"]),
        "form_token": FormToken(page),
        "form_token_name": FORM_TOKEN,
        "notice_left": page.take_notice(),
        "largest_files": largest_files(page.request),
        "start_page": start_page_of(page.request),
        "is_sandbox": getattr(page.request.app.state, "profile", Profile.SANDBOX) is Profile.SANDBOX,
        "say": page.say,
        "web": lambda code, **values: WORDS[code][page.tag].format(**values),
        "link": page.address,
        **formats.in_language(page.tag),
        **page.site.describe(page),
    }


def lead_to_login(page: Page, path: str, error: BusError) -> Response:
    """Lead a visitor whom an error sends to another page there; a login leads back to the page that was asked."""
    if error.code != "login-needed":
        return _redirect(page.request, page.root + path)
    wanted = local_path(_find_shown_path(page))
    pairs = {NEXT: wanted if len(wanted) < LONGEST_PATH else "", OVER: "1" if page.session.token else ""}
    query = urlencode({name: value for name, value in pairs.items() if value})
    return _redirect(page.request, page.root + path + (f"?{query}" if query else ""))


def _find_shown_path(page: Page) -> str:
    """The path of the page that the visitor sees: the one that is asked, sends a form or asks for a part."""
    if page.request.method == "GET" and not page.is_part:
        return page.path
    headers = page.request.headers
    parts = urlsplit(headers.get("hx-current-url") or headers.get("referer", ""))
    is_own = parts.netloc == headers.get("host", "")
    return parts.path.removeprefix("/") + (f"?{parts.query}" if parts.query else "") if is_own else ""


def _redirect(request: Request, address: str) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(status_code=200, headers={"HX-Redirect": address, "Cache-Control": "no-store"})
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
