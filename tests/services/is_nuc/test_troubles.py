"""Faults of НУЦ on demand: certificates, OCSP, lists, time-stamps."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from asn1crypto import core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from shared.bus.errors import BusError
from shared.client import CertifiedPerson
from shared.contracts.population import SyntheticPerson
from shared.pki.certificates import keys
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.crl import CrlView, list_points
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.cms import signed_data
from shared.pki.encoding import der
from shared.pki.faults import MAGIC_SUBJECTS, FaultArea, MagicSubject, PkiFault
from shared.pki.verification.check import check_document
from tests.journeys.kit import LIVING, RunningCountry, running
from tests.services.is_nuc.outsiders import end_faults, operator_headers, order_fault, person

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

CONDITIONS = {
    PkiFault.CERTIFICATE_EXPIRED: "eds-expired",
    PkiFault.CERTIFICATE_NOT_YET_VALID: "eds-not-yet-valid",
    PkiFault.CERTIFICATE_REVOKED: "eds-revoked",
    PkiFault.CERTIFICATE_WRONG_ISSUER: "eds-chain",
    PkiFault.CERTIFICATE_WRONG_PURPOSE: "eds-purpose",
    PkiFault.CERTIFICATE_WRONG_IIN: "eds-iin-mismatch",
    PkiFault.CERTIFICATE_BROKEN_SIGNATURE: "eds-chain",
}
PERSONAL = [one for one in MAGIC_SUBJECTS if one.fault in CONDITIONS]
MAGIC = {one.fault: one for one in MAGIC_SUBJECTS}
SILENCE = 0.4


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    short = {"EGOV_SILENT_SECONDS": str(SILENCE)}
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",), environment=short) as made:
        yield made


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def calm(nuc: RunningCountry) -> AsyncIterator[None]:
    yield
    await end_faults(nuc)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a citizen looks at his own clock


def somebody(magic: MagicSubject) -> SyntheticPerson:
    return SyntheticPerson(**{**vars(LIVING[0]), "iin": magic.iin, "surname": magic.surname, "name": magic.name})


async def refusal(nuc: RunningCountry, signer: CertifiedPerson, iin: str) -> str | None:
    """The code with which «условие 2» refuses a new signature by this certificate, by the revocation list
    to which the certificate points.
    """
    root, issuing = x509.load_pem_x509_certificates(nuc.anchors())
    (path,) = list_points(signer.certificate)
    crl = CrlView.load((await nuc.answer("is_nuc", "GET", path)).content, issuing)
    signed = signed_data.sign(b"the document", signer.key, signer.certificate, at=now())
    anchors = TrustAnchors((root,), (issuing,))
    try:
        check_document(
            signed, anchors=anchors, revocation=crl, at=now(), expected_iin=iin, purpose=SignaturePurpose.PERSON
        )
    except BusError as error:
        return error.code
    return None


@pytest.mark.parametrize("magic", PERSONAL, ids=lambda one: str(one.fault.value))
async def test_magic_subject_gets_the_certificate_that_its_name_promises(
    nuc: RunningCountry, magic: MagicSubject
) -> None:
    assert await refusal(nuc, await nuc.certify(somebody(magic)), magic.iin) == CONDITIONS[magic.fault]


@pytest.mark.parametrize("fault", CONDITIONS)
async def test_fault_ordered_for_one_person_spares_the_others(nuc: RunningCountry, fault: PkiFault) -> None:
    one, other = nuc.stranger(), nuc.stranger()
    await order_fault(nuc, fault.value, iin=one.iin)
    assert await refusal(nuc, await nuc.certify(one), one.iin) == CONDITIONS[fault]
    assert await refusal(nuc, await nuc.certify(other), other.iin) is None


async def test_fault_for_everybody_is_used_up_by_its_count(nuc: RunningCountry) -> None:
    await order_fault(nuc, "certificate-expired", count=1)
    codes = [await refusal(nuc, await nuc.certify(one), one.iin) for one in (nuc.stranger(), nuc.stranger())]
    assert codes == ["eds-expired", None]


async def test_systems_are_certified_in_order_whatever_the_fault(nuc: RunningCountry) -> None:
    await order_fault(nuc, "certificate-broken-signature")
    invitation = await nuc.operator("is_nuc").post("/api/v1/invitations/newcomer")
    csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    text = csr.sign(keys.new_ec_key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    body = {"address": "newcomer", "token": invitation["token"], "csr": text}
    issued = (await nuc.answer("is_nuc", "POST", "/api/v1/systems", json=body)).json()
    own, issuing = (x509.load_pem_x509_certificate(issued[name].encode()) for name in ("certificate", "issuing"))
    own.verify_directly_issued_by(issuing)
    assert issued["fault"] is None


async def test_counter_answer_names_the_fault_and_the_strange_issuer(nuc: RunningCountry) -> None:
    magic = MAGIC[PkiFault.CERTIFICATE_WRONG_ISSUER]
    body = {"iin": magic.iin, "password": "p", "form": "pem", "key": "ec"}
    answer = await nuc.answer("is_nuc", "POST", "/api/v1/containers/people", json=body)
    own, strange, root = x509.load_pem_x509_certificates(answer.content)
    real_root, real = x509.load_pem_x509_certificates(nuc.anchors())
    assert (strange.subject, root.subject) == (real.subject, real_root.subject)
    own.verify_directly_issued_by(strange)
    strange.verify_directly_issued_by(root)
    with pytest.raises(InvalidSignature):
        own.verify_directly_issued_by(real)


async def test_certificate_issued_as_expired_lies_within_the_term_of_its_issuer(nuc: RunningCountry) -> None:
    own = (await nuc.certify(somebody(MAGIC[PkiFault.CERTIFICATE_EXPIRED]))).certificate
    _, issuing = x509.load_pem_x509_certificates(nuc.anchors())
    assert issuing.not_valid_before_utc < own.not_valid_before_utc < own.not_valid_after_utc < now()


async def ask(nuc: RunningCountry, certificate: x509.Certificate) -> httpx.Response:
    _, issuing = x509.load_pem_x509_certificates(nuc.anchors())
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuing, hashes.SHA1())  # noqa: S303
    return await nuc.answer("is_nuc", "POST", "/ocsp", content=asked.build().public_bytes(Encoding.DER))


def state(answer: httpx.Response) -> str:
    """A client's reading of an answer."""
    try:
        made = ocsp.load_der_ocsp_response(answer.content)
    except ValueError:
        return "unreadable"
    if made.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return made.response_status.name
    assert made.next_update_utc is not None
    return "out of date" if made.next_update_utc < now() else made.certificate_status.name


STATES = {
    PkiFault.OCSP_TRY_LATER: "TRY_LATER",
    PkiFault.OCSP_MALFORMED: "unreadable",
    PkiFault.OCSP_STALE: "out of date",
    PkiFault.OCSP_UNAUTHORIZED: "UNAUTHORIZED",
}


@pytest.mark.parametrize("fault", STATES)
async def test_ocsp_fault_strikes_a_person_a_certificate_a_magic_subject_or_all(
    nuc: RunningCountry, fault: PkiFault
) -> None:
    one, other = await person(nuc), await person(nuc)
    assert state(await ask(nuc, one.certificate)) == "GOOD", "and an answer is prepared"
    for scope in ({"iin": one.iin}, {"serial": f"{one.certificate.serial_number:x}"}):
        await order_fault(nuc, fault.value, **scope)
        assert state(await ask(nuc, one.certificate)) == STATES[fault], scope
        assert state(await ask(nuc, other.certificate)) == "GOOD", scope
        await end_faults(nuc)
    magic = await nuc.certify(somebody(MAGIC[fault]))
    assert state(await ask(nuc, magic.certificate)) == STATES[fault]
    assert state(await ask(nuc, other.certificate)) == "GOOD"
    await order_fault(nuc, fault.value)
    assert [state(await ask(nuc, each.certificate)) for each in (one, other)] == [STATES[fault]] * 2


async def test_ocsp_stale_answer_is_rightly_signed(nuc: RunningCountry) -> None:
    one = await person(nuc)
    await order_fault(nuc, "ocsp-stale")
    made = ocsp.load_der_ocsp_response((await ask(nuc, one.certificate)).content)
    key: Any = made.certificates[0].public_key()
    key.verify(made.signature, made.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))
    assert made.certificate_status is ocsp.OCSPCertStatus.GOOD


async def test_ocsp_fault_strikes_half_of_the_answers_evenly(nuc: RunningCountry) -> None:
    one = await person(nuc)
    await order_fault(nuc, "ocsp-try-later", percent=50)
    states = [state(await ask(nuc, one.certificate)) for _ in range(6)]
    assert states == ["TRY_LATER", "GOOD"] * 3


async def test_fault_of_silence_lasts_its_time_and_ends_in_a_cut_connection(nuc: RunningCountry) -> None:
    one = await person(nuc)
    await order_fault(nuc, "ocsp-silent", iin=one.iin)
    begun = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError):
        await ask(nuc, one.certificate)
    assert SILENCE <= time.monotonic() - begun < SILENCE + 5
    await order_fault(nuc, "tsa-silent")
    with pytest.raises(httpx.RemoteProtocolError):
        await stamp(nuc)
    assert (await nuc.answer("is_nuc", "GET", "/healthz")).status_code == 200


async def test_fault_of_silence_lets_go_a_client_that_does_not_wait(nuc: RunningCountry) -> None:
    await order_fault(nuc, "tsa-silent")
    async with httpx.AsyncClient(base_url=nuc.url("is_nuc"), timeout=SILENCE / 4) as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.post("/tsp", content=QUERY)
    assert (await nuc.answer("is_nuc", "GET", "/healthz")).status_code == 200


async def test_crl_is_missing_stale_or_unreadable(nuc: RunningCountry) -> None:
    _, issuing = x509.load_pem_x509_certificates(nuc.anchors())
    for path in ("/crl", "/crl/delta"):
        await order_fault(nuc, "crl-missing")
        answer = await nuc.answer("is_nuc", "GET", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "crl-missing")
        await end_faults(nuc)
        await order_fault(nuc, "crl-stale")
        made = x509.load_der_x509_crl((await nuc.answer("is_nuc", "GET", path)).content)
        key: Any = issuing.public_key()
        assert made.is_signature_valid(key)
        assert made.next_update_utc is not None
        assert made.next_update_utc < now()
        await end_faults(nuc)
        await order_fault(nuc, "crl-malformed")
        with pytest.raises(ValueError, match="asn1"):
            x509.load_der_x509_crl((await nuc.answer("is_nuc", "GET", path)).content)
        await end_faults(nuc)


async def test_crl_that_was_stale_does_not_stay(nuc: RunningCountry) -> None:
    before = (await nuc.answer("is_nuc", "GET", "/crl")).content
    await order_fault(nuc, "crl-stale", count=1)
    assert (await nuc.answer("is_nuc", "GET", "/crl")).content != before
    assert (await nuc.answer("is_nuc", "GET", "/crl")).content == before


IMPRINT = der.sequence(der.sequence(der.oid("2.16.840.1.101.3.4.2.1")), der.octet_string(b"d" * 32))
QUERY = der.sequence(der.integer(1), IMPRINT, der.boolean(True))


async def stamp(nuc: RunningCountry) -> bytes:
    return (await nuc.answer("is_nuc", "POST", "/tsp", content=QUERY)).content


async def test_tsp_refuses_or_stamps_another_document(nuc: RunningCountry) -> None:
    await order_fault(nuc, "tsa-refusing", count=1)
    (told,) = core.SequenceOf.load(await stamp(nuc), strict=True, spec=tsp.PKIStatusInfo)
    assert (told["status"].native, told["fail_info"].native) == ("rejection", {"time_not_available"})
    assert len(told["status_string"].native) == 3
    await order_fault(nuc, "tsa-wrong-imprint", count=1)
    for expected in (False, True):
        token = tsp.TimeStampResp.load(await stamp(nuc))["time_stamp_token"]
        info = tsp.TSTInfo.load(signed_data.open_signed(token.dump(), content_type=signed_data.TIME_STAMP).content)
        assert (info["message_imprint"]["hashed_message"].native == b"d" * 32) is expected


async def test_tsp_token_numbers_never_come_twice(nuc: RunningCountry) -> None:
    numbers = set()
    for _ in range(20):
        token = tsp.TimeStampResp.load(await stamp(nuc))["time_stamp_token"]
        info = tsp.TSTInfo.load(signed_data.open_signed(token.dump(), content_type=signed_data.TIME_STAMP).content)
        numbers.add(info["serial_number"].native)
    assert len(numbers) == 20
    assert all(0 < number < 2**128 for number in numbers)


async def test_faults_are_the_operators_to_order_and_to_see(nuc: RunningCountry) -> None:
    for method, path in (
        ("PUT", "/api/v1/faults/crl-missing"),
        ("GET", "/api/v1/faults"),
        ("GET", "/api/v1/faults/crl-missing"),
        ("DELETE", "/api/v1/faults/crl-missing"),
        ("DELETE", "/api/v1/faults"),
    ):
        answer = await nuc.answer("is_nuc", method, path, json={} if method == "PUT" else None)
        assert (answer.status_code, answer.json()["code"]) == (401, "operator-only")
    await order_fault(nuc, "ocsp-stale", serial="0aF", percent=10, count=3)
    headers = operator_headers(nuc)
    wanted = {"name": "ocsp-stale", "iin": None, "serial": "AF", "percent": 10, "count": 3}
    for path in ("/api/v1/faults", "/api/v1/faults/ocsp-stale"):
        assert (await nuc.answer("is_nuc", "GET", path, headers=headers)).json() == [wanted]
    ended = await nuc.answer("is_nuc", "DELETE", "/api/v1/faults/ocsp-stale", headers=headers)
    assert ended.status_code == 204
    gone = await nuc.answer("is_nuc", "GET", "/api/v1/faults/ocsp-stale", headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (404, "fault-unknown")
    assert set(gone.json()["texts"]) == {"ru", "kk", "en"}


@pytest.mark.parametrize(
    ("name", "scope", "code"),
    [
        ("no-such-fault", {}, "request-malformed"),
        ("ocsp-stale", {"percent": 0}, "request-malformed"),
        ("ocsp-stale", {"serial": "xyz"}, "request-malformed"),
        ("ocsp-stale", {"iin": "850101100023"}, "iin-check-digit"),
        ("crl-stale", {"iin": "850101100022"}, "fault-scope"),
        ("certificate-expired", {"serial": "1"}, "fault-scope"),
    ],
)
async def test_fault_order_that_makes_no_sense_is_refused(
    nuc: RunningCountry, name: str, scope: Any, code: str
) -> None:
    headers = operator_headers(nuc)
    answer = await nuc.answer("is_nuc", "PUT", f"/api/v1/faults/{name}", json=scope, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_magic_subjects_are_shown_to_everybody_with_their_meaning(nuc: RunningCountry) -> None:
    shown = (await nuc.answer("is_nuc", "GET", "/api/v1/magic-subjects")).json()
    assert [(one["iin"], one["fault"]) for one in shown] == [(one.iin, one.fault.value) for one in MAGIC_SUBJECTS]
    assert all(set(one["texts"]) == {"ru", "kk", "en"} for one in shown)


async def test_faults_strike_nothing_without_the_sandbox(tmp_path_factory: pytest.TempPathFactory) -> None:
    off = {"EGOV_PKI_FAULTS": "false"}
    async with running(tmp_path_factory.mktemp("off"), names=("is_nuc",), environment=off) as sober:
        answer = await sober.answer(
            "is_nuc", "PUT", "/api/v1/faults/crl-missing", json={}, headers=operator_headers(sober)
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "faults-off")
        magic = MAGIC[PkiFault.CERTIFICATE_EXPIRED]
        assert await refusal(sober, await sober.certify(somebody(magic)), magic.iin) is None
        assert (await sober.answer("is_nuc", "GET", "/api/v1/magic-subjects")).json() == []


async def test_certificate_faults_all_have_their_condition_here() -> None:
    assert set(CONDITIONS) == {fault for fault in PkiFault if fault.area is FaultArea.CERTIFICATE}
