"""Settings of the certification centre."""

from __future__ import annotations

from shared.bus.settings import Settings


class NucSettings(Settings):
    """``issues_to_people`` opens the sandbox's counter: a certificate for whoever asks, unseen."""

    issues_to_people: bool = True
    crl_minutes: int = 10
    employers: str = "is_mio,is_con"
    """Systems, separated by commas, on whose word employees are certified."""
    systems: str = ""
    """Addresses, separated by commas, for which an enrolment token is made at the first start."""
