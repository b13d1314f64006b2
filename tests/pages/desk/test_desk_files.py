"""An employee attaches files at a step; they stay with the case, for the employees of its office alone."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from shared.workplace.pages.site import WORDS
from tests.pages.desk.test_desk_attacks import HOSTILE, client_of, form_token
from tests.pages.desk.test_desk_journeys import confirm, enter_as, play_role
from tests.pages.desk_pages import enter
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage

pytestmark = pytest.mark.servers
PDF = b"%PDF-1.4\n%%EOF\n"


def test_employee_attaches_a_scan_that_colleagues_download(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path
) -> None:
    _, case, iin = play_role(stage, "arm_rshep", "head")
    scan = tmp_path / "Акт <обследования>.pdf"
    scan.write_bytes(PDF)
    url = enter_as(stage, browser, "arm_rshep", iin)
    browser.open(f"{url}/cases/{case}?lang=kk")
    browser.click_text(WORDS["op-resolve"]["kk"])
    browser.wait_until("document.querySelector('[name=files]') !== null")
    browser.fill(words="Қарауға беремін")
    browser.find("[name=files]").send_keys(str(scan))
    confirm(browser, case)
    browser.open(f"{url}/cases/{case}/documents")
    link = browser.find("a[href*='/files/']")
    assert link.text == scan.name
    token = browser.driver.get_cookie("egov-arm_rshep")["value"]
    address = link.get_attribute("href")
    with httpx.Client(cookies={"egov-arm_rshep": token}, trust_env=False, timeout=30) as client:
        answer = client.get(str(address))
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment")
    assert (answer.headers["x-content-type-options"], answer.headers["content-security-policy"]) == (
        "nosniff",
        "sandbox",
    )
    assert httpx.get(str(address), trust_env=False).status_code == 303, "a stranger is led to the login"


def test_file_of_another_kind_is_refused_and_shown_as_text(stage: RoomStage) -> None:
    _, case, iin = play_role(stage, "arm_rshep", "head")
    desk = stage.served.wait_for(stage.served.country.works_as("arm_rshep", iin))
    token = stage.served.wait_for(enter(stage.served.country, "arm_rshep", iin))
    todo = stage.served.wait_for(desk.get(f"/api/v1/cases/{case}/todo"))
    (step,) = (row["step"] for row in todo if "head" in row["roles"])
    path = f"/cases/{case}/steps/{step}"
    with client_of(stage, token, "arm_rshep") as client:
        form = {"form-token": form_token(client, path), "answer": "", "words": HOSTILE}
        page = client.post(path, data=form, files={"files": (f"{HOSTILE}.pdf", b"MZ\x90", "application/pdf")})
    assert (page.status_code, 'href="#field-files"' in page.text) == (422, True)
    assert "<script>alert" not in page.text
