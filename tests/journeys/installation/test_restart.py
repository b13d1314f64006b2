"""A deployment that is stopped and started again on the same data."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.catalog import INSTANCES
from tests.journeys.kit import PASSWORD, Citizen, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

MANUAL = {"EGOV_CLERKS": "manual"}
NEEDED = ("portal_pep", "shep_gateway", "rshep_yuz", "is_mio", "is_con", "nr_iin", "is_nuc")
"""The instances that take part in the case."""


async def test_restart_keeps_accounts_applications_and_the_journal(tmp_path: Path) -> None:
    async with running(tmp_path, names=NEEDED, environment=MANUAL) as before:
        citizen = await before.newcomer()
        case = await citizen.apply()
        await before.arrived(case)
        told = await citizen.portal.get_application(case)
        root = (await before.answer("is_nuc", "GET", "/api/v1/authorities")).json()["root"]
        journal = await before.operator("shep_gateway").list_journal()

    async with running(tmp_path, names=NEEDED, environment=MANUAL) as after:
        portal = after.portal()
        await portal.log_in(citizen.person.iin, PASSWORD)
        again = Citizen(citizen.person, citizen.signer, portal)
        assert await portal.get_application(case) == told
        assert (await after.answer("is_nuc", "GET", "/api/v1/authorities")).json()["root"] == root
        assert (await after.operator("shep_gateway").list_journal())[-len(journal) :] == journal
        invited = {path.parent.name for path in invitations(tmp_path)}
        assert not set(NEEDED) & invited, "nobody is invited twice"

        clerk = await after.clerk()
        await clerk.accept_case(case)
        await clerk.decide_case(case, "positive")
        await clerk.sign_decision(case)
        assert (await again.is_served(case))["outcome"] == "positive"
        assert (await after.operator("shep_gateway").get("/api/v1/journal/verification"))["is_whole"]


def invitations(folder: Path) -> list[Path]:
    return list((folder / "tokens").glob("*/*"))


async def test_deployment_started_by_itself_leaves_its_secrets_to_its_owner_only(tmp_path: Path) -> None:
    async with running(tmp_path, names=("is_nuc",)) as country:
        secrets = [
            *invitations(tmp_path),
            *(tmp_path / "is_nuc").glob("*.key"),
            tmp_path / "is_nuc" / "operator.token",
        ]
        systems = [one for one in INSTANCES if one.address is not None]
        assert len(secrets) == len(systems) + 4 + 1
        assert {oct(path.stat().st_mode & 0o777) for path in secrets} == {"0o600"}
        assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "tokens").iterdir()} == {"0o700"}
        assert (await country.answer("is_nuc", "GET", "/readyz")).status_code == 200
