"""The settings of the portal."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.people.settings import AccountSettings


class PortalSettings(AccountSettings):
    """The settings of registration, of evidence and of the portal's public address."""

    register_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    """How long a registration waits for НР ИИН's answer, in seconds."""
    evidence: bool = True
    """Whether a time-stamp and an OCSP answer are gathered for every signed document."""
    ncalayer_url: Annotated[str, Field(pattern=r"^wss?://127\.0\.0\.1:[0-9]{1,5}$")] = "wss://127.0.0.1:13579"
    """Where the pages find the visitor's NCALayer, on the visitor's own machine."""
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$", max_length=200)] | None = None
    """The portal's address for strangers, in the QR code of printed documents; this machine and the portal's port
    if not given.
    """
    phone_hosts: Annotated[str, Field(pattern=r"^([^\s,/@]+:[0-9]{1,5}(,[^\s,/@]+:[0-9]{1,5})*)?$")] = ""
    """The places of the inner network that the sandbox's phone may call, beside the portal: ``host:port``, with
    commas between; an integrator's server on this machine, for instance.
    """

    @property
    def own_url(self) -> str:
        """The portal's address for citizens and their phones, without a slash at its end."""
        return (self.public_url or self.local_url).rstrip("/")

    @property
    def phone_url(self) -> str:
        """The address below which a citizen's phone fetches documents."""
        return f"{self.own_url}/api/v1/phone"

    @property
    def check_url(self) -> str:
        """The page for checking a printed document; the code follows."""
        return f"{self.own_url}/check"
