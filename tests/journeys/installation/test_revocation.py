"""Revocation for a citizen: by OCSP at once, by the list where OCSP cannot tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from services.catalog import INSTANCES
from services.launcher.settings import SettingsError, settings_for
from tests.journeys.kit import Citizen, RunningCountry, running
from tests.journeys.portal.test_refusal_signature import is_refused, nothing_was_done

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def troubled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A separate deployment, so that the faults of НУЦ affect no other test."""
    async with running(tmp_path_factory.mktemp("troubled"), environment={"EGOV_OCSP_SECONDS": "2"}) as made:
        yield made


@asynccontextmanager
async def trouble(country: RunningCountry, *names: str) -> AsyncIterator[None]:
    operator = country.operator("is_nuc")
    for name in names:
        await operator.call("PUT", f"/api/v1/faults/{name}", json={})
    try:
        yield
    finally:
        await operator.call("DELETE", "/api/v1/faults")


async def test_certificate_revoked_a_moment_ago_is_refused_by_ocsp(troubled: RunningCountry) -> None:
    citizen = await troubled.newcomer()
    await citizen.apply()
    await troubled.revoke(citizen.signer.certificate)
    document = await citizen.draft()
    body = await refused_soon(citizen, document)
    assert (body["reason"], body["established"]) == ("keyCompromise", "ocsp")
    await nothing_was_done(troubled, citizen, document)


async def refused_soon(citizen: Citizen, document: bytes) -> dict[str, object]:
    """The refusal, once the answer that said good has expired: after two seconds here."""
    await asyncio.sleep(2.1)
    return await is_refused(citizen, citizen.sign(document), "eds-revoked", "revocation")


@pytest.mark.parametrize("fault", ["ocsp-try-later", "ocsp-malformed", "ocsp-stale", "ocsp-unauthorized"])
async def test_crl_lets_an_application_go_its_way_when_ocsp_cannot_tell(
    troubled: RunningCountry, fault: str
) -> None:
    async with trouble(troubled, fault):
        citizen = await troubled.newcomer()
        case = await citizen.apply()
        await troubled.arrived(case)
        assert (await citizen.portal.get_application(case))["number"]


async def test_revocation_setting_neither_hard_nor_soft_is_refused_before_the_start() -> None:
    portal = next(instance for instance in INSTANCES if instance.name == "portal_pep")
    for word in ("hard", "soft"):
        settings = settings_for(portal, {"EGOV_REVOCATION": word}, is_alone=True)
        assert settings.revocation == word
    with pytest.raises(SettingsError, match="EGOV_REVOCATION"):
        settings_for(portal, {"EGOV_REVOCATION": "gentle"}, is_alone=True)


async def test_revocation_setting_of_the_deployment_reaches_every_system(tmp_path: Path) -> None:
    names = ("portal_pep", "is_nuc")
    async with running(tmp_path, names=names, environment={"EGOV_REVOCATION": "soft"}) as country:
        assert country.deployment.nodes["portal_pep"].settings.revocation == "soft"
        assert country.runtime("portal_pep").is_ready
