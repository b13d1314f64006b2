"""Revocation lists and OCSP answers in operation: cached, after a revocation, and for bad input."""

from __future__ import annotations

import asyncio
import base64
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from asn1crypto import core
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponse, OCSPResponseStatus
from httpx import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.is_nuc.authority.ca import IssuingAuthority
from services.is_nuc.authority.crls import CrlKeeper
from services.is_nuc.authority.ocsp_responder import issuer_ids
from shared.client import CertifiedPerson
from shared.pki.certificates import keys
from shared.pki.encoding import der
from tests.journeys.kit import MOST_BYTES, RunningCountry, eventually, running
from tests.services.is_nuc.outsiders import person

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

TYPES = {"/ocsp": "application/ocsp-response", "/tsp": "application/timestamp-reply"}
GOOD, REVOKED, UNKNOWN = OCSPCertStatus.GOOD, OCSPCertStatus.REVOKED, OCSPCertStatus.UNKNOWN


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",)) as made:
        yield made


def issuing(nuc: RunningCountry) -> x509.Certificate:
    found: IssuingAuthority = nuc.runtime("is_nuc").resource(IssuingAuthority)
    return found.certificate


def question(nuc: RunningCountry, *asked: CertifiedPerson, nonce: bytes | None = None) -> bytes:
    """A request written by the library; requests about several certificates by our code."""
    authority = issuing(nuc)
    made = [
        ocsp.OCSPRequestBuilder().add_certificate(one.certificate, authority, hashes.SHA1())  # noqa: S303
        for one in asked
    ]
    if len(made) == 1:
        builder = made[0].add_extension(x509.OCSPNonce(nonce), critical=False) if nonce else made[0]
        return builder.build().public_bytes(Encoding.DER)
    whole = [asn1_ocsp.OCSPRequest.load(one.build().public_bytes(Encoding.DER)) for one in made]
    singles = [one["tbs_request"]["request_list"][0] for one in whole]
    both: bytes = asn1_ocsp.OCSPRequest({"tbs_request": {"request_list": singles}}).dump()
    return both


async def answered(nuc: RunningCountry, body: bytes) -> Response:
    headers = {"Content-Type": "application/ocsp-request"}
    answer = await nuc.answer("is_nuc", "POST", "/ocsp", content=body, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/ocsp-response"
    return answer


async def told(nuc: RunningCountry, body: bytes) -> OCSPResponse:
    return ocsp.load_der_ocsp_response((await answered(nuc, body)).content)


async def status(nuc: RunningCountry, one: CertifiedPerson) -> OCSPCertStatus:
    return (await told(nuc, question(nuc, one))).certificate_status


async def test_revocation_shows_at_once_whatever_was_prepared(nuc: RunningCountry) -> None:
    one, other = await person(nuc), await person(nuc)
    assert [await status(nuc, each) for each in (one, one, other)] == [GOOD, GOOD, GOOD]
    await nuc.revoke(one.certificate)
    assert [await status(nuc, each) for each in (one, one, other)] == [REVOKED, REVOKED, GOOD]


async def test_ocsp_says_good_of_the_unknown_the_moment_a_certificate_is_issued(nuc: RunningCountry) -> None:
    key = keys.new_ec_key()
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
    name, own = issuer_ids(issuing(nuc))[der.oid("1.3.14.3.2.26")]
    serial = int.from_bytes(key_id) % 2**159
    asked = ocsp.OCSPRequestBuilder().add_certificate_by_hash(name, own, serial, hashes.SHA1())  # noqa: S303
    body = asked.build().public_bytes(Encoding.DER)
    answer = await answered(nuc, body)
    assert ocsp.load_der_ocsp_response(answer.content).certificate_status is UNKNOWN
    assert answer.headers["cache-control"] == "no-store"
    await nuc.certify(nuc.stranger(), key)
    assert (await told(nuc, body)).certificate_status is GOOD


async def test_ocsp_gives_the_same_question_the_same_bytes_and_a_nonce_its_own(nuc: RunningCountry) -> None:
    one = await person(nuc)
    first, second = [(await answered(nuc, question(nuc, one))).content for _ in range(2)]
    assert first == second
    with_nonce = [await told(nuc, question(nuc, one, nonce=nonce)) for nonce in (b"a" * 16, b"b" * 16)]
    nonces = [each.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce for each in with_nonce]
    assert nonces == [b"a" * 16, b"b" * 16]


async def test_ocsp_answers_several_certificates_at_once(nuc: RunningCountry) -> None:
    one, other = await person(nuc), await person(nuc)
    await nuc.revoke(other.certificate)
    answer = await told(nuc, question(nuc, one, other))
    states = {each.serial_number: each.certificate_status for each in answer.responses}
    assert states == {one.certificate.serial_number: GOOD, other.certificate.serial_number: REVOKED}


async def test_ocsp_answer_by_get_may_be_kept_by_caches_and_is_known_again(nuc: RunningCountry) -> None:
    path = f"/ocsp/{quote(base64.b64encode(question(nuc, await person(nuc))), safe='')}"
    answer = await nuc.answer("is_nuc", "GET", path)
    made = ocsp.load_der_ocsp_response(answer.content)
    assert made.certificate_status is GOOD
    assert made.next_update_utc is not None
    assert made.next_update_utc - made.this_update_utc == timedelta(seconds=60)
    age, *how = answer.headers["cache-control"].split(", ")
    assert 0 < int(age.removeprefix("max-age=")) <= 60
    assert how == ["public", "no-transform"]
    assert answer.headers["last-modified"] == f"{made.this_update_utc:%a, %d %b %Y %H:%M:%S} GMT"
    assert answer.headers["expires"] == f"{made.next_update_utc:%a, %d %b %Y %H:%M:%S} GMT"
    again = await nuc.answer("is_nuc", "GET", path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_ocsp_get_may_have_a_slash_in_the_base64_as_is(nuc: RunningCountry) -> None:
    for _ in range(200):
        asked = base64.b64encode(question(nuc, one := await person(nuc))).decode()
        if "/" in asked:
            break
    answer = await nuc.answer("is_nuc", "GET", f"/ocsp/{asked}")
    assert ocsp.load_der_ocsp_response(answer.content).serial_number == one.certificate.serial_number


@pytest.mark.parametrize("path", ["/ocsp/not-base64!", "/ocsp/AAAA", "/ocsp/%20", f"/ocsp/{'A' * 20_000}"])
async def test_ocsp_get_that_asks_nothing_is_malformed(nuc: RunningCountry, path: str) -> None:
    answer = await nuc.answer("is_nuc", "GET", path)
    assert answer.status_code == 200
    made = ocsp.load_der_ocsp_response(answer.content)
    assert made.response_status is OCSPResponseStatus.MALFORMED_REQUEST


@pytest.mark.parametrize("size", [0, 1, 10_001, 900_000])
async def test_ocsp_request_of_a_wrong_size_is_malformed(nuc: RunningCountry, size: int) -> None:
    assert (await told(nuc, b"0" * size)).response_status is OCSPResponseStatus.MALFORMED_REQUEST


@pytest.mark.parametrize("path", ["/ocsp", "/tsp", "/api/v1/people"])
async def test_ocsp_request_that_is_enormous_is_cut_off_at_the_door(nuc: RunningCountry, path: str) -> None:
    answer = await nuc.answer("is_nuc", "POST", path, content=b"0" * (MOST_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")


async def test_ocsp_and_tsp_are_never_broken_by_damaged_requests(nuc: RunningCountry) -> None:
    one = await person(nuc)
    whole = question(nuc, one, nonce=b"0123456789abcdef")
    imprint = der.sequence(der.sequence(der.oid("2.16.840.1.101.3.4.2.1")), der.octet_string(b"d" * 32))
    stamp = der.sequence(der.integer(1), imprint, der.integer(5))
    damaged: list[tuple[str, bytes]] = []

    @settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 200), st.binary(min_size=1, max_size=4), st.integers(0, 3))
    def spoil(at: int, new: bytes, cut: int) -> None:
        for path, data in (("/ocsp", whole), ("/tsp", stamp)):
            begin = at % len(data)
            damaged.append((path, (data[:begin] + new + data[begin + len(new) :])[: len(data) - cut]))

    spoil()
    assert len(damaged) >= 60
    answers = await asyncio.gather(*(nuc.answer("is_nuc", "POST", path, content=data) for path, data in damaged))
    assert {answer.status_code for answer in answers} == {200}
    for (path, _), answer in zip(damaged, answers, strict=True):
        assert answer.headers["content-type"] == TYPES[path]
        assert core.Sequence.load(answer.content, strict=True)


async def test_ocsp_says_try_later_without_its_register(tmp_path: Path) -> None:
    async with running(tmp_path, names=("is_nuc",)) as nuc:
        one = await person(nuc)
        await nuc.runtime("is_nuc").write(lambda uow: uow.session.execute(text("DROP TABLE certificate")) and None)
        assert (await told(nuc, question(nuc, one))).response_status is OCSPResponseStatus.TRY_LATER


async def lists(nuc: RunningCountry) -> tuple[bytes, bytes]:
    full, delta = [(await nuc.answer("is_nuc", "GET", path)).content for path in ("/crl", "/crl/delta")]
    return full, delta


def number(crl: bytes) -> int:
    found = x509.load_der_x509_crl(crl).extensions.get_extension_for_class(x509.CRLNumber)
    return found.value.crl_number


def base(crl: bytes) -> int:
    found = x509.load_der_x509_crl(crl).extensions.get_extension_for_class(x509.DeltaCRLIndicator)
    return found.value.crl_number


async def test_crl_is_made_when_something_changes_and_not_for_each_reader(nuc: RunningCountry) -> None:
    before = await lists(nuc)
    assert await lists(nuc) == before
    one = await person(nuc)
    assert await lists(nuc) == before, "a new certificate changes nothing"
    await nuc.revoke(one.certificate)
    after = await lists(nuc)
    assert number(after[0]) == number(before[0]) + 1
    await nuc.revoke(one.certificate)
    assert await lists(nuc) == after, "a second revocation changes nothing"


async def test_delta_crl_brings_every_full_list_that_is_still_current_up_to_date(nuc: RunningCountry) -> None:
    oldest = x509.load_der_x509_crl((await lists(nuc))[0])
    revoked = [(await person(nuc)).certificate for _ in range(3)]
    held = []
    for one in revoked:
        held.append(x509.load_der_x509_crl((await lists(nuc))[0]))
        await nuc.revoke(one)
    full, delta = await lists(nuc)
    assert base(delta) <= number(oldest.public_bytes(Encoding.DER))
    added = {each.serial_number for each in x509.load_der_x509_crl(delta)}
    now = {each.serial_number for each in x509.load_der_x509_crl(full)}
    for older in (oldest, *held):
        assert {each.serial_number for each in older} | added == now
    assert {one.serial_number for one in revoked} <= added


async def test_crl_says_how_long_to_keep_the_list(nuc: RunningCountry) -> None:
    answer = await nuc.answer("is_nuc", "GET", "/crl")
    assert answer.headers["cache-control"] == "max-age=30, public, no-transform"
    assert answer.headers["content-type"] == "application/pkix-crl"
    assert answer.headers["last-modified"].endswith("GMT")
    made = x509.load_der_x509_crl(answer.content)
    assert made.next_update_utc is not None
    assert made.next_update_utc - made.last_update_utc == timedelta(minutes=10)


async def test_crl_is_fresh_for_half_of_what_the_list_promises(nuc: RunningCountry) -> None:
    runtime = nuc.runtime("is_nuc")
    made = await runtime.resource(CrlKeeper).current_crls(runtime)
    half = (made.next_update - made.made_at) / 2
    assert made.is_fresh(made.revision, made.made_at + half - timedelta(seconds=1))
    assert not made.is_fresh(made.revision, made.made_at + half)
    assert not made.is_fresh(made.revision + 1, made.made_at)


def share_database(folder: Path, other: Path) -> Path:
    """A second folder with the keys of the first and the same database: one process locks a folder."""
    shutil.copytree(folder / "is_nuc", other / "is_nuc", ignore=shutil.ignore_patterns("*.sqlite*", "lock"))
    (other / "is_nuc" / "data.sqlite").symlink_to(folder / "is_nuc" / "data.sqlite")
    return other


async def test_revocation_is_seen_a_second_later_by_a_second_process_on_the_same_database(
    nuc: RunningCountry, tmp_path: Path
) -> None:
    async with (
        running(tmp_path / "first", names=("is_nuc",)) as first,
        running(share_database(tmp_path / "first", tmp_path / "second"), names=("is_nuc",)) as second,
    ):
        one = await person(first)
        assert [await status(each, one) for each in (first, second)] == [GOOD, GOOD]
        numbers = {number((await lists(each))[0]) for each in (first, second)}
        assert len(numbers) == 2, "two lists never have the same number"
        await first.revoke(one.certificate)
        assert await status(first, one) is REVOKED
        await eventually(lambda: status(second, one), lambda found: found is REVOKED, seconds=5)
        full = x509.load_der_x509_crl((await lists(second))[0])
        assert full.get_revoked_certificate_by_serial_number(one.certificate.serial_number) is not None
