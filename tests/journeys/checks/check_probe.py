"""Whether ШЭП tells what it would say of a message."""

from __future__ import annotations

from tests.journeys.kit import RunningCountry


async def checks_messages(country: RunningCountry) -> bool:
    """Whether ШЭП judges a message that is not sent."""
    token = (country.folder / "shep_gateway" / "operator.token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    answer = await country.answer("shep_gateway", "POST", "/api/v1/message-checks", content=b"{}", headers=headers)
    assert answer.status_code in (200, 403)
    return answer.status_code == 200 or answer.json()["code"] != "checks-closed"
