"""Threat: a stranger has certificates of magic subjects made, each of which is revoked at once, until the list of
the revoked is too long for every system.

openssl and our own verifiers: neither list proves anything about a certificate of the other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509

from shared.bus.errors import Unavailable
from shared.client import CertifiedPerson
from shared.pki.certificates.crl import CrlView
from shared.pki.certificates.status import RevocationMode
from shared.pki.client.wire import NucConnection
from shared.pki.faults import MAGIC_SUBJECTS, PkiFault
from shared.pki.verification.revocation_inquiry import RevocationInquiry
from tests.journeys.kit import LIVING, RunningCountry, running
from tests.services.is_nuc.outsiders import Outsider, end_faults, order_fault, person

pytestmark = pytest.mark.asyncio(loop_scope="module")

REVOKED = next(subject for subject in MAGIC_SUBJECTS if subject.fault is PkiFault.CERTIFICATE_REVOKED)
MANY = 12
SMALLEST_BOUND = 1024
"""The bytes of a list of about ten revocations."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    settings = {"EGOV_CRL_BYTES": str(SMALLEST_BOUND)}
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",), environment=settings) as made:
        yield made


async def magic_person(nuc: RunningCountry) -> CertifiedPerson:
    """The magic subject with a new certificate, which is revoked already."""
    named = replace(LIVING[0], iin=REVOKED.iin, surname=REVOKED.surname, name=REVOKED.name, patronymic="")
    return await nuc.certify(named)


async def list_at(nuc: RunningCountry, path: str) -> CrlView:
    _, issuing = x509.load_pem_x509_certificates(nuc.anchors())
    return CrlView.load((await nuc.answer("is_nuc", "GET", path)).content, issuing)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a verifier looks at the machine's clock


async def test_magic_subjects_and_ordered_faults_do_not_grow_the_real_list(nuc: RunningCountry) -> None:
    before = len((await nuc.answer("is_nuc", "GET", "/crl")).content)
    invented = [await magic_person(nuc) for _ in range(MANY)]
    await order_fault(nuc, "certificate-revoked")
    invented.append(await person(nuc))
    await end_faults(nuc)
    for path in ("/crl", "/crl/delta"):
        content = (await nuc.answer("is_nuc", "GET", path)).content
        assert len(x509.load_der_x509_crl(content)) == 0, path
    assert len((await nuc.answer("is_nuc", "GET", "/crl")).content) <= before + 8
    listed = await list_at(nuc, "/crl/invented")
    assert all(listed.find_revocation(one.certificate.serial_number) for one in invented)


async def test_nuc_warns_of_a_list_that_grows_too_long(nuc: RunningCountry) -> None:
    ready = (await nuc.answer("is_nuc", "GET", "/readyz")).json()
    for _ in range(MANY):
        await magic_person(nuc)
    await nuc.answer("is_nuc", "GET", "/crl/invented")
    problem = await warning_of(nuc)
    assert problem["details"]["list"] == "invented"
    assert int(problem["details"]["bytes"]) > SMALLEST_BOUND == int(problem["details"]["limit"])
    assert not problem["is_fatal"]
    assert ready["status"] == "UP"


async def warning_of(nuc: RunningCountry) -> Any:
    """The problem of the long list, once the answer of an earlier check is a second old."""
    for _ in range(200):
        answer = await nuc.answer("is_nuc", "GET", "/readyz")
        found = [one for one in answer.json().get("problems", ()) if one["code"] == "crl-large"]
        if found:
            assert set(found[0]["texts"]) == {"ru", "kk", "en"}
            return found[0]
    raise AssertionError("no warning")


async def test_openssl_proves_both_kinds_of_certificates_by_their_own_lists_only(
    nuc: RunningCountry, tmp_path: Path
) -> None:
    outsider = Outsider(nuc, tmp_path)
    good, bad, magic = await person(nuc), await person(nuc), await magic_person(nuc)
    await nuc.revoke(bad.certificate)
    for name, certified in (("good", good), ("bad", bad), ("magic", magic)):
        outsider.keep(f"{name}.pem", certified.certificate)
    for path, name in (("/crl", "real.crl"), ("/crl/invented", "invented.crl")):
        await outsider.fetch(path, name)
    check = "verify -x509_strict -crl_check -CAfile anchors.pem"
    assert await outsider.says(f"{check} -CRLfile real.crl good.pem") == "good.pem: OK\n"
    assert "certificate revoked" in await outsider.refuses(f"{check} -CRLfile real.crl bad.pem")
    assert "certificate revoked" in await outsider.refuses(f"{check} -CRLfile invented.crl magic.pem")
    for foreign, certificate in (("real.crl", "magic.pem"), ("invented.crl", "good.pem")):
        assert (
            "different crl scope" in (await outsider.refuses(f"{check} -CRLfile {foreign} {certificate}")).lower()
        )
    ocsp = f"ocsp -issuer issuing.pem -CAfile anchors.pem -url {outsider.url}/ocsp -cert"
    assert "good.pem: good" in await outsider.says(f"{ocsp} good.pem")
    assert "magic.pem: revoked" in await outsider.says(f"{ocsp} magic.pem")


async def test_list_of_one_part_proves_nothing_about_a_certificate_of_the_other(nuc: RunningCountry) -> None:
    _, issuing = x509.load_pem_x509_certificates(nuc.anchors())
    good, magic = await person(nuc), await magic_person(nuc)
    real, invented = await list_at(nuc, "/crl"), await list_at(nuc, "/crl/invented")
    assert not real.certificate_status(good.certificate, issuing, now()).revocation
    assert invented.certificate_status(magic.certificate, issuing, now()).revocation
    for foreign, certified in ((real, magic), (invented, good)):
        with pytest.raises(Unavailable) as caught:
            foreign.certificate_status(certified.certificate, issuing, now())
        assert caught.value.code == "eds-revocation-unknown"


async def test_verifier_of_a_system_reads_the_list_to_which_a_certificate_points(nuc: RunningCountry) -> None:
    _, issuing = x509.load_pem_x509_certificates(nuc.anchors())
    good, magic = await person(nuc), await magic_person(nuc)
    await order_fault(nuc, "ocsp-try-later")
    connection = NucConnection(nuc.url("is_nuc"), 10)
    inquiry = RevocationInquiry(connection, issuing, RevocationMode.HARD)
    try:
        statuses = [
            await nuc.runtime("is_nuc").compute(
                lambda one=one: inquiry.certificate_status(one.certificate, issuing, now())
            )
            for one in (good, magic)
        ]
    finally:
        connection.close()
        await end_faults(nuc)
    assert [status.revocation is not None for status in statuses] == [False, True]
