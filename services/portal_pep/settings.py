"""The settings of the portal."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.bus.settings import Settings


class PortalSettings(Settings):
    """``register_seconds``: how long a registration waits for НР ИИН's answer.

    ``evidence``: whether a time-stamp and an OCSP answer are gathered for every signed document. ``public_url``:
    the portal's address for strangers, in the QR code of printed documents; by default this machine.
    """

    register_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    evidence: bool = True
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$", max_length=200)] | None = None

    @property
    def check_url(self) -> str:
        """The page for checking a printed document; the code follows."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/") + "/check"
