"""An operator signs a visitor's application on the page with a key of the operator's own."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest

from shared.client import CertifiedPerson
from shared.pki.cms import signed_data
from tests.journeys.centre import Centre
from tests.journeys.kit import RunningCountry
from tests.pages.centre.window_client import WindowClient
from tests.pages.centre_pages import CENTRE, NCALAYER_PORT, enter_as_operator
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage
from tests.pages.own_keys import certify_own_key, ncalayer

STEP = "w7"
"""Процесс 5 of KZ-ATY.6: the operator signs the filled-in form."""


async def begin_case(country: RunningCountry) -> tuple[Centre, str, CertifiedPerson]:
    """A case whose application waits for the operator's signature."""
    centre = await Centre.of(country, "KZ-ATY.6")
    case = await centre.begun(country.stranger())
    await centre.waits_for(case, STEP)
    staff = await country.operator("is_con").get("/api/v1/employees", limit=1000)
    iin = next(row["iin"] for row in staff if (row["authority"], row["role"]) == (CENTRE, "operator"))
    return centre, case, await certify_own_key(centre.desk, iin)


def test_application_is_signed_on_the_page_with_a_key_of_the_operators_own(stage: RoomStage) -> None:
    served = stage.served
    centre, case, signer = served.wait_for(begin_case(served.country))
    window = WindowClient(stage, served.wait_for(enter_as_operator(served.country, CENTRE, "operator")))
    path = f"/cases/{case}/steps/{STEP}"
    assert f'href="../{path[1:]}"' in window.get(f"/visits/{case}").text
    found = re.search(r'data-draft="([^"]+)"', window.get(path).text)
    assert found is not None
    draft, now = b64decode(found[1]), datetime.now(UTC)  # noqa: TID251 - the operator's own clock
    forged = window.post(path, path, cms=b64encode(signer.sign(b"another text", now)).decode())
    assert (forged.status_code, 'href="#field-cms"' in forged.text) == (422, True)
    signed_document = signer.sign(draft, now)
    assert window.post(path, path, cms=b64encode(signed_document).decode()).status_code == 303
    kept = served.wait_for(centre.desk.call("GET", f"/api/v1/cases/{case}/application")).content
    assert kept == signed_document
    assert signed_data.open_signed(kept).certificate == signer.certificate


@pytest.mark.servers
def test_application_is_signed_by_the_operators_ncalayer(browser: PageBrowser, stage: RoomStage) -> None:
    served = stage.served
    centre, case, signer = served.wait_for(begin_case(served.country))
    browser.forget()
    token = served.wait_for(enter_as_operator(served.country, CENTRE, "operator"))
    browser.sign_in(served.url("is_con", ""), "is_con", token)
    browser.open(served.url("is_con", f"/cases/{case}/steps/{STEP}?lang=ru"))
    with ncalayer(served, signer, NCALAYER_PORT):
        browser.click("[data-sign]")
        browser.wait_until(f"location.pathname.endsWith('/cases/{case}')")
    kept = served.wait_for(centre.desk.call("GET", f"/api/v1/cases/{case}/application")).content
    assert signed_data.open_signed(kept).certificate == signer.certificate
