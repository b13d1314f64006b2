"""Long-term documents: the portal gathers time-stamp and revocation answer in the background."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.portal_pep.actions.documents import CMS_MEDIA_TYPE
from shared.bus.clocks.clock import ManualClock
from shared.pki.certificates import ocsp
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.certificates.status import StatusOrigin
from shared.pki.cms import signed_data
from shared.pki.verification.check import SignerExpectation
from shared.pki.verification.evidence import check_evidence
from tests.journeys.kit import RunningCountry, Served, eventually, openssl, refused, running
from tests.journeys.portal.test_refusal_signature import now

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

START = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


async def gathered(served: Served) -> list[Any]:
    """Wait for the evidence of both documents."""
    portal = served.citizen.portal
    return await eventually(
        lambda: portal.get_evidence(served.case),
        lambda told: len(told) == 2 and all(each["stamped_at"] for each in told),
    )


async def test_evidence_of_both_documents_has_a_time_stamp_and_the_cabinet_tells(served: Served) -> None:
    told = await gathered(served)
    assert [each["document"] for each in told] == ["application", "output"]
    for each in told:
        assert each["code"] == "eds-valid"
        assert each["conditions"]["time-stamp"] == each["conditions"]["revocation"] == "held"
        assert set(each["texts"]) == {"ru", "kk", "en"}
    assert (await served.citizen.portal.get_output(served.case))["stamped_at"] == told[1]["stamped_at"]


async def test_long_term_form_is_provable_by_itself_when_the_certificate_has_run_out(served: Served) -> None:
    await gathered(served)
    anchors = anchors_of(served.country)
    for kind, purpose in (("application", SignaturePurpose.APPLICANT), ("output", SignaturePurpose.EMPLOYEE)):
        der = await served.citizen.portal.get_document_cms(served.case, kind, "cades-t")
        verdict = check_evidence(der, SignerExpectation(purpose), anchors=anchors, at=now() + timedelta(days=500))
        document = verdict.require_document()
        assert document.status.origin is StatusOrigin.KEPT
        assert document.stamp is not None
        plain = await served.citizen.portal.get_document_cms(served.case, kind)
        assert signed_data.open_signed(plain).content == document.content
    assert await served.citizen.portal.get_document_cms(served.case, "application") == served.signed


def anchors_of(country: RunningCountry) -> TrustAnchors:
    anchors: TrustAnchors = country.deployment.nodes["portal_pep"].dependencies.directory.anchors  # type: ignore[union-attr]
    return anchors


async def test_long_term_form_is_verified_by_openssl(served: Served, tmp_path: Path) -> None:
    await gathered(served)
    (tmp_path / "anchors.pem").write_bytes(served.country.anchors())
    form = await served.citizen.portal.get_output_cms(served.case, "cades-t")
    (tmp_path / "output.cms").write_bytes(form)
    done = openssl(tmp_path, "cms -verify -binary -inform DER -in output.cms -CAfile anchors.pem -out opened")
    assert done.returncode == 0, done.stderr
    shown = openssl(tmp_path, "cms -cmsout -print -noout -inform DER -in output.cms").stdout
    assert "id-smime-aa-timeStampToken" in shown
    assert "id-smime-aa-ets-revocationValues" in shown


async def test_evidence_is_shown_to_its_owner_only_and_only_in_the_forms_that_exist(served: Served) -> None:
    stranger = await served.country.citizen(is_even=False)
    assert (await refused(stranger.portal.get_evidence(served.case))).code == "application-unknown"
    assert (
        await refused(stranger.portal.get_document_cms(served.case, "application"))
    ).code == "application-unknown"
    assert (await refused(served.citizen.portal.get_output_cms(served.case, "paper"))).code == "request-malformed"
    assert (
        await refused(served.citizen.portal.get_document_cms(served.case, "draft"))
    ).code == "request-malformed"


async def test_tsp_service_that_is_away_is_asked_again_while_the_bus_clock_stands(tmp_path: Path) -> None:
    """Attempts go by the machine's time: the bus's can stand for ever."""
    names = ("portal_pep", "is_nuc", "nr_iin", "shep_gateway", "rshep_yuz", "is_mio", "is_con")
    async with running(tmp_path, names=names, clock=ManualClock(START)) as country:
        await country.operator("is_nuc").call("PUT", "/api/v1/faults/tsa-refusing", json={})
        citizen = await country.citizen()
        case = await citizen.apply()
        (told,) = await eventually(
            lambda: citizen.portal.get_evidence(case), lambda found: found[0]["attempts"] > 0
        )
        assert (told["stamped_at"], told["why"]) == (None, "tsa-refused")
        error = await refused(citizen.portal.get_document_cms(case, "application", "cades-t"))
        assert (error.status, error.code) == (404, "no-evidence")
        await country.operator("is_nuc").call("DELETE", "/api/v1/faults")
        stamped = await eventually(
            lambda: citizen.portal.get_evidence(case), lambda found: bool(found[0]["stamped_at"])
        )
        assert stamped[0]["why"] is None


async def test_evidence_gathering_is_turned_off_by_the_setting(tmp_path: Path) -> None:
    names = ("portal_pep", "is_nuc", "nr_iin", "shep_gateway", "rshep_yuz", "is_mio", "is_con")
    async with running(tmp_path, names=names, environment={"EGOV_EVIDENCE": "false"}) as country:
        citizen = await country.citizen()
        case = await citizen.apply()
        await country.arrived(case)
        assert await citizen.portal.get_evidence(case) == []
        told = (await country.answer("portal_pep", "GET", "/readyz")).json()
        assert "failing_tasks" not in told  # what is switched off has not failed
        assert (
            await refused(citizen.portal.get_document_cms(case, "application", "cades-t"))
        ).code == "no-evidence"
        answer = await citizen.portal.call("GET", f"/api/v1/applications/{case}/application.cms")
        assert answer.headers["content-type"] == CMS_MEDIA_TYPE
        assert ocsp.MAX_BYTES > len(answer.content) > 0
