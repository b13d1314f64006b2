"""The cases that tenants have claimed."""

from __future__ import annotations

from sqlmodel import Field

from services.shep_gateway.storage import Base


class TenantCaseRow(Base, table=True):
    """A case that a participant has claimed before it began: it goes to the providers of its tenant."""

    __tablename__ = "tenant_case"
    case_id: str = Field(primary_key=True, max_length=100)
    participant: str = Field(max_length=100, index=True)
