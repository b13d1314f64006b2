"""Settings of the certification centre."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.bus.settings import Settings


class NucSettings(Settings):
    """``issues_to_people`` opens the sandbox's counter: a certificate for whoever asks, unseen."""

    issues_to_people: bool = True
    crl_minutes: int = 10
    ncanode: bool = True
    """Lend the signing server to whoever asks (services.is_nuc.ncanode): for a sandbox only."""
    ncanode_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """A second port on which to listen, not shifted by EGOV_PORT_OFFSET: 14579 for clients that know no other."""
    employers: str = "is_mio,is_con"
    """Systems, separated by commas, on whose word employees are certified."""
    systems: str = ""
    """Addresses, separated by commas, for which an enrolment token is made at the first start."""

    @property
    def ports(self) -> tuple[int, ...]:
        return (self.port, self.ncanode_port) if self.ncanode_port else (self.port,)
