"""The requests about a citizen's account, and the answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Base64Bytes, BaseModel, Field

from services.portal_pep.storage import CitizenAccountRow
from shared.bus.http.requests.plain_input import RequestModel
from shared.contracts.documents import ProofPurpose

ProofCms = Base64Bytes
"""The signed challenge: base64 of a CMS (DER) with the document inside."""


class CitizenCredentialsRequest(RequestModel):
    """ИИН and password."""

    iin: Annotated[str, Field(max_length=40)]
    password: Annotated[str, Field(max_length=400)]


class CitizenRegistrationRequest(CitizenCredentialsRequest):
    """ИИН and password; ``cms`` is the signed challenge (``POST /api/v1/challenges``), without which the sandbox
    makes an account that tells nothing of НР ИИН.
    """

    cms: ProofCms | None = None


class CitizenAccountView(BaseModel):
    """A citizen's account; НР ИИН gives the names, which are null until the citizen has signed something."""

    iin: str
    surname: str | None = None
    name: str | None = None
    patronymic: str | None = None

    @classmethod
    def from_row(cls, row: CitizenAccountRow, *, is_proved: bool) -> CitizenAccountView:
        if not is_proved:
            return cls(iin=row.iin)
        return cls(iin=row.iin, surname=row.surname, name=row.name, patronymic=row.patronymic)


class CitizenSessionView(BaseModel):
    """A session: the token is for the header ``Authorization: Bearer`` and lasts eight hours."""

    token: str


class CitizenPasswordRequest(RequestModel):
    """The present password and the new one."""

    password: Annotated[str, Field(max_length=400)]
    new_password: Annotated[str, Field(max_length=400)]


class PasswordRecoveryRequest(RequestModel):
    """The citizen, the new password, and the signed challenge for a recovery."""

    iin: Annotated[str, Field(max_length=40)]
    new_password: Annotated[str, Field(max_length=400)]
    cms: ProofCms


class ChallengeRequest(RequestModel):
    """The citizen, and what the signed challenge is to prove."""

    iin: Annotated[str, Field(max_length=40)]
    purpose: ProofPurpose
