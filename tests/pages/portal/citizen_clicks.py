"""What a citizen does on the portal's pages in a browser: come in, and sign with NCALayer on the own machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any

from services.portal_pep.pages.site import WORDS
from services.tools.ncalayer.server import ListenOptions, serve_device
from services.tools.ncalayer.signing_device import CancelMode, SigningDevice, SimulatedUser
from shared.client.certification import CertificationClient
from shared.client.key_owners import CertificateOwner
from shared.pki.certificates import keys
from shared.pki.certificates.profile import CertificateUsage
from tests.journeys.kit import RunningCountry
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage
from tests.pages.portal_pages import SERVICE

NCALAYER_PORT = 13_579


def enter(browser: PageBrowser, stage: RoomStage, tag: str, page: str = f"services/{SERVICE}") -> str:
    """Come in as a new citizen, by the link that a start page has; returns the ИИН."""
    iin = stage.served.country.stranger().iin
    enter_as(browser, stage, iin, tag, page)
    return iin


def enter_as(browser: PageBrowser, stage: RoomStage, iin: str, tag: str, page: str) -> None:
    """Come in as the citizen with this ИИН, and go to a page of the portal."""
    browser.forget()
    browser.open(stage.served.url("portal_pep", f"/sandbox/citizens?iin={iin}&next={page}&lang={tag}"))
    browser.click("main form:has(#field-iin) button")
    browser.wait_until(f"location.pathname.endsWith('/{page}')")


@contextmanager
def ncalayer(stage: RoomStage, iin: str, cancel: CancelMode = CancelMode.NEVER) -> Iterator[None]:
    """NCALayer on this machine with a key of the citizen, at the port that the portal's pages call."""
    country = stage.served.country
    opened = asyncio.run_coroutine_threadsafe(_open_ncalayer(country, iin, cancel), stage.served.loop)
    context = opened.result(60)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), stage.served.loop).result(60)


async def _open_ncalayer(
    country: RunningCountry, iin: str, cancel: CancelMode
) -> AbstractAsyncContextManager[Any]:
    client = CertificationClient(country.url("is_nuc"))
    try:
        entry = await client.certify_key(CertificateOwner(iin, "A", "B"), CertificateUsage.SIGN, keys.new_ec_key())
    finally:
        await client.close()
    runtime = country.runtime("portal_pep")
    device = SigningDevice([entry], SimulatedUser(cancel), runtime.clock)
    context = serve_device(device, ListenOptions(port=NCALAYER_PORT))
    await context.__aenter__()
    return context


def begin_ncalayer(browser: PageBrowser, stage: RoomStage, tag: str = "ru") -> str:
    """A citizen on the page that signs with NCALayer; returns the ИИН."""
    iin = enter(browser, stage, tag, f"apply/{SERVICE}/check")
    browser.click_text(WORDS["by-ncalayer"][tag])
    browser.wait_until("document.querySelector('[data-sign]')")
    return iin
