"""Settings of the portal."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.bus.settings import Settings


class PortalSettings(Settings):
    """``register_seconds``: how long a registration waits for НР ИИН's answer. ``public_url``: where strangers
    reach the portal, for the QR of a printed document; this machine when it is not given."""

    register_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$", max_length=200)] | None = None

    @property
    def check_url(self) -> str:
        """The page on which anybody checks a document; its code follows."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/") + "/check"
