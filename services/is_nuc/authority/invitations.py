"""Invitations: with one, a system may enrol once."""

from __future__ import annotations

import json
import secrets

from services.is_nuc import storage
from services.is_nuc.authority.ca import IssuingAuthority
from shared.bus.runtime.service_runtime import Runtime


async def issue_invitation(runtime: Runtime, address: str) -> str:
    """The content of an invitation file."""
    token = secrets.token_urlsafe(32)
    await runtime.write(lambda uow: storage.add_invitation(uow.session, address, token))
    return json.dumps({"token": token, "root": runtime.resource(IssuingAuthority).root_pem})
