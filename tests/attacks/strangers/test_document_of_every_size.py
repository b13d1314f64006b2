"""Threat: a document is taken at one step and is too large for the next, and the citizen's work is lost.

Base64 makes a third more of a document at each of the three steps: draft, signature, submission. The largest
document that ``draft`` gives out passes all of them and reaches the provider; one byte more is refused at once.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest

from shared.pki.cms import signed_data
from tests.journeys.kit import AUTHORITY, MOST_BYTES, SERVICE, Citizen, RunningCountry, refused
from tests.services.is_nuc.ncanode.ncanode_kit import PASSWORD, store

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def draft_with(citizen: Citizen, form: dict[str, str], length: int) -> bytes:
    """The draft with one attachment of so many characters."""
    attachment = {"name": "скан.pdf", "media_type": "application/pdf", "content": "A" * length}
    body = {"authority": AUTHORITY, "fields": form, "attachments": [attachment]}
    answer = await citizen.portal.call("POST", f"/api/v1/services/{SERVICE}/draft", json=body)
    return bytes(answer.content)


async def too_large(citizen: Citizen, form: dict[str, str], length: int) -> dict[str, Any]:
    error = await refused(draft_with(citizen, form, length))
    assert (error.status, error.code) == (422, "document-too-large")
    return error.body


async def test_largest_draft_is_signed_by_the_signing_server_submitted_and_delivered(
    country: RunningCountry,
) -> None:
    citizen = await country.newcomer()
    form = citizen.form
    length = MOST_BYTES * 8 // 10
    told = await too_large(citizen, form, length)
    assert told["most"] > MOST_BYTES // 2
    length -= told["size"] - told["most"]
    document = await draft_with(citizen, form, length)
    assert len(document) == told["most"]
    assert (await too_large(citizen, form, length + 1))["size"] == told["most"] + 1

    key = base64.b64encode(store(citizen.signer)).decode()
    request = {
        "data": base64.b64encode(document).decode(),
        "signers": [{"key": key, "password": PASSWORD}],
        "withTsp": True,
    }
    signed = (await country.answer("is_nuc", "POST", "/cms/sign", json=request)).json()
    assert (signed["status"], signed["message"]) == (200, "OK")

    case = str((await citizen.portal.submit_application(base64.b64decode(signed["cms"])))["id"])
    await country.arrived(case)
    clerk = await country.clerk()
    delivered = await clerk.call("GET", f"/api/v1/cases/{case}/application")
    assert signed_data.open_signed(delivered.content).content == document
