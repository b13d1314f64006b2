"""The pages of the portal, with cases that were granted, refused and asked of the citizen."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.journeys.kit import RunningCountry, eventually
from tests.journeys.portal.portal_visitor import PortalVisitor, complete, open_visitor, read_form
from tests.pages.kit.rooms import PageRoom, RoomPage

SERVICE = "KZ-AKM.17"
SETTINGS = {
    "EGOV_CLERKS": "instant",
    "EGOV_EMPLOYEE_KEYS": "ec",
    "EGOV_CALLS_A_MINUTE": "1000",
    "EGOV_NCALAYER_URL": "ws://127.0.0.1:13579",
}


@dataclass
class PortalContent:
    """What the pages show; ``token`` is that of the citizen who has all the cases, ``newcomer`` of one without."""

    token: str
    loser: str
    newcomer: str
    iin: str
    granted: str
    refused: str
    asked: str
    signing: str
    check: str
    code: str


async def apply_by_pages(visitor: PortalVisitor, iin: str, service: str) -> str:
    """File an application on the pages; returns the path of its case."""
    await visitor.fill_in(service)
    await visitor.sign(iin)
    return visitor.path.removeprefix("/")


async def begin_signing(visitor: PortalVisitor, service: str, means: str) -> str:
    """The path of the page that signs an application."""
    await visitor.fill_in(service)
    form = next(
        form for form in visitor.page.iter("form") if form.find(f".//button[@value='{means}']") is not None
    )
    await visitor.send(form, {**read_form(form), "by": means})
    return visitor.path


async def _wait_for(visitor: PortalVisitor, path: str, mark: str) -> None:
    """Wait until the page of a case has a section of this kind."""
    await eventually(
        lambda: visitor.open(f"/{path}"),
        lambda page: page.page.find(f".//section[@class='{mark}']") is not None,
    )


async def read_check_path(visitor: PortalVisitor, case: str) -> str:
    """The path of the page behind the QR code of a printed result."""
    answer = await visitor.http.get(f"/{case}/output.pdf")
    return urlsplit(answer.headers["link"].partition("<")[2].partition(">")[0]).path


async def prepare_portal(country: RunningCountry) -> PortalContent:
    """A citizen with a case of each kind, and a citizen who has just come in."""
    url, iin, odd = country.url("portal_pep"), country.stranger().iin, country.stranger(is_even=False).iin
    visitor, loser = await open_visitor(url).enter(iin), await open_visitor(url).enter(odd)
    refused = await apply_by_pages(loser, odd, "KZ-AKM.12")
    granted = await apply_by_pages(visitor, iin, SERVICE)
    asked = await apply_by_pages(visitor, iin, "KZ-ATY.2")
    await _wait_for(visitor, granted, "notice good")
    await _wait_for(loser, refused, "notice bad")
    await _wait_for(visitor, asked, "question")
    newcomer = await open_visitor(url).enter(country.stranger().iin)
    await newcomer.open("/apply/KZ-AKM.8/contact")
    form = newcomer.find_form("phone")
    await newcomer.send(form, complete(form))
    return PortalContent(
        token=visitor.http.cookies["egov-portal_pep"],
        loser=loser.http.cookies["egov-portal_pep"],
        newcomer=newcomer.http.cookies["egov-portal_pep"],
        iin=iin,
        granted=f"/{granted}",
        refused=f"/{refused}",
        asked=f"/{asked}",
        check=await read_check_path(visitor, granted),
        signing=await begin_signing(newcomer, "KZ-YUZ.3", "ncalayer"),
        code=await begin_signing(newcomer, "KZ-YUZ.2", "cloud"),
    )


def _token(content: PortalContent) -> str:
    return content.token


def _loser(content: PortalContent) -> str:
    return content.loser


def _newcomer(content: PortalContent) -> str:
    return content.newcomer


ROOM = PageRoom(
    name="portal",
    instance="portal_pep",
    settings=SETTINGS,
    prepare=prepare_portal,
    is_held_to_language=True,
    pages=(
        RoomPage("services", "/services"),
        RoomPage("services-none", "/services?q=xyzzy"),
        RoomPage("service", "/services/KZ-YUZ.1"),
        RoomPage("login", "/login"),
        RoomPage("login-eds", "/login?way=eds-sms"),
        RoomPage("registration", "/registration"),
        RoomPage("recovery", "/recovery"),
        RoomPage("citizens", "/sandbox/citizens"),
        RoomPage("telephone", lambda content: f"/sandbox/telephone?iin={content.iin}"),
        RoomPage("login-phone", "/login?way=phone"),
        RoomPage("phone", "/sandbox/phone"),
        RoomPage("check", "/check"),
        RoomPage("checked", lambda content: content.check),
        RoomPage("quality", "/quality"),
        RoomPage("topic", "/apply/KZ-AKM.12/work", visitor=_newcomer),
        RoomPage("place", "/apply/KZ-YUZ.1/place", visitor=_newcomer),
        RoomPage("papers", "/apply/KZ-AKM.17/papers", visitor=_newcomer),
        RoomPage("answers", "/apply/KZ-AKM.17/check", visitor=_newcomer, typed=frozenset({"по месту требования"})),
        RoomPage("signing", lambda content: content.signing, visitor=_newcomer),
        RoomPage("code", lambda content: content.code, visitor=_newcomer),
        RoomPage("empty-history", "/cabinet", visitor=_newcomer),
        RoomPage("history", "/cabinet", visitor=_token),
        RoomPage("notifications", "/cabinet/notifications", visitor=_token),
        RoomPage("account", "/cabinet/account", visitor=_token),
        RoomPage("granted", lambda content: content.granted, visitor=_token),
        RoomPage("refused", lambda content: content.refused, visitor=_loser),
        RoomPage("asked", lambda content: content.asked, visitor=_token),
        RoomPage("not-mine", lambda content: content.granted, visitor=_newcomer),
    ),
)
