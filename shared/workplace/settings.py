"""The settings of every system with a workplace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from shared.people.passwords import LONGEST, SHORTEST
from shared.people.settings import AccountSettings
from shared.workplace.clerks.policy import ClerkPolicy


class WorkplaceSettings(AccountSettings):
    """The clerks and the employees of a workplace; the synthetic population is for a register of people."""

    clerks: ClerkPolicy = ClerkPolicy.MANUAL
    """The clerks that take the human steps where no rule applies."""
    played_roles: Annotated[str, Field(pattern="^[a-z,-]*$")] = ""
    """The roles, separated by commas (`employee,head`), whose steps these clerks leave to people."""
    clerks_file: Path | None = None
    """The file of the initial rules for services and regions (YAML or JSON), until the operator sets others."""
    employee_password: Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)] | None = None
    """The first password of all employees, in the sandbox only; made at the first start if not given."""
    ncalayer_url: Annotated[str, Field(pattern=r"^wss?://127\.0\.0\.1:[0-9]{1,5}$")] = "wss://127.0.0.1:13579"
    """Where the pages find the visitor's NCALayer, on the visitor's own machine."""
    employee_keys: Literal["rsa", "ec"] = "rsa"
    """The algorithm of the keys with which employees sign: RSA, or ECDSA on P-256, which is quicker to make."""
