"""The second refusal of the act: «не подтверждена подлинность ЭЦП», for citizens and for employees."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.client import CertifiedPerson
from shared.contracts.organisations import known_organisations
from shared.contracts.population import SyntheticPerson
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import AuthorityUrls, issue_certificate, make_root
from shared.pki.certificates.profile import CertificateKind
from tests.journeys.kit import AUTHORITY, OTHER_AUTHORITY, PASSWORD, Citizen, RunningCountry, eventually, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")

MEANING = {"ru": "подлинность ЭЦП не подтверждена", "kk": "ЭЦҚ түпнұсқалығы расталмады", "en": "not confirmed"}


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the country runs on the machine's clock


async def at_this_moment() -> datetime:
    return now()


def issued(
    authority: tuple[rsa.RSAPrivateKey, x509.Certificate],
    person: SyntheticPerson,
    kind: CertificateKind,
    *,
    begin: datetime | None = None,
    end: datetime | None = None,
) -> CertifiedPerson:
    """A certificate for the person by this authority, issued without НУЦ's API."""
    key = keys.new_ec_key()
    subject = profile.person_subject(person.iin, person.surname, person.name, person.patronymic)
    made = issue_certificate(*authority, key.public_key(), subject, kind, now(), not_before=begin, not_after=end)
    return CertifiedPerson(person.iin, key, made)


def nuc(country: RunningCountry) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """НУЦ's own issuing key and certificate."""
    home = country.folder / "is_nuc"
    key = keys.load_key((home / "issuing.key").read_bytes())
    assert isinstance(key, rsa.RSAPrivateKey)
    return key, x509.load_pem_x509_certificate((home / "issuing.crt").read_bytes())


def lists(country: RunningCountry) -> AuthorityUrls:
    """The revocation list to which НУЦ's certificates point."""
    return AuthorityUrls(crl=country.url("is_nuc") + "/crl")


def by_another_centre(country: RunningCountry, person: SyntheticPerson) -> CertifiedPerson:
    key = keys.new_rsa_key()
    return issued((key, make_root(key, now())), person, CertificateKind.INDIVIDUAL)


def expired(country: RunningCountry, person: SyntheticPerson) -> CertifiedPerson:
    """A certificate of one second, the first second of the authority's life: earlier ones have no valid chain."""
    begin = nuc(country)[1].not_valid_before_utc
    return issued(nuc(country), person, CertificateKind.INDIVIDUAL, begin=begin, end=begin + timedelta(seconds=1))


def not_yet_valid(country: RunningCountry, person: SyntheticPerson) -> CertifiedPerson:
    return issued(nuc(country), person, CertificateKind.INDIVIDUAL, begin=now() + timedelta(days=1))


def for_logging_in(country: RunningCountry, person: SyntheticPerson) -> CertifiedPerson:
    return issued(nuc(country), person, CertificateKind.INDIVIDUAL_AUTH)


async def is_refused(citizen: Citizen, signed: bytes, code: str, condition: str) -> dict[str, Any]:
    """Submit, and check the refusal with its code, condition and texts in three languages."""
    error = await refused(citizen.portal.submit_application(signed))
    assert (error.status, error.code, error.body["condition"]) == (403, code, condition)
    assert all(words in error.body["texts"][tag] for tag, words in MEANING.items())
    return error.body


async def nothing_was_done(country: RunningCountry, citizen: Citizen, document: bytes) -> None:
    """Check that the application is nowhere: neither in the cabinet, nor in the gateway's journal, nor at the
    authority.
    """
    case = json.loads(document)["application_id"]
    assert (await refused(citizen.portal.get_application(case))).code == "application-unknown"
    assert case not in {one["application_id"] for one in await citizen.portal.list_notifications()}
    assert await country.operator("shep_gateway").list_journal(correlation_id=case) == []
    assert (await refused((await country.clerk()).get_case(case))).code == "case-unknown"


@pytest.mark.parametrize(
    ("certificate", "code", "condition"),
    [
        (by_another_centre, "eds-chain", "chain"),
        (expired, "eds-expired", "term"),
        (not_yet_valid, "eds-not-yet-valid", "term"),
        (for_logging_in, "eds-purpose", "purpose"),
    ],
)
async def test_signature_by_an_unfit_certificate_is_refused(
    country: RunningCountry,
    certificate: Callable[[RunningCountry, SyntheticPerson], CertifiedPerson],
    code: str,
    condition: str,
) -> None:
    citizen = await country.citizen()
    document = await citizen.draft()
    signer = certificate(country, citizen.person)
    if certificate is expired:
        await eventually(at_this_moment, lambda at: at > signer.certificate.not_valid_after_utc)
    await is_refused(citizen, signer.sign(document, now()), code, condition)
    await nothing_was_done(country, citizen, document)


async def test_signature_by_another_persons_certificate_is_refused(country: RunningCountry) -> None:
    citizen, stranger = await country.citizen(), country.stranger()
    document = await citizen.draft()
    signer = await country.certify(stranger)
    body = await is_refused(citizen, signer.sign(document, now()), "eds-iin-mismatch", "iin")
    assert stranger.iin not in str(body)
    await nothing_was_done(country, citizen, document)


async def test_signature_by_a_revoked_certificate_is_refused(wary_country: RunningCountry) -> None:
    signer, portal = wary_country.revoked, wary_country.portal()
    assert signer is not None
    await portal.register_citizen(signer.iin, PASSWORD)
    await portal.log_in(signer.iin, PASSWORD)
    citizen = Citizen(replace(wary_country.stranger(), iin=signer.iin), signer, portal)
    document = await citizen.draft()
    body = await is_refused(citizen, citizen.sign(document), "eds-revoked", "revocation")
    assert body["reason"] == "keyCompromise"
    await nothing_was_done(wary_country, citizen, document)


async def test_signature_of_a_document_changed_afterwards_is_refused(country: RunningCountry) -> None:
    citizen = await country.citizen()
    document = await citizen.draft()
    signed = citizen.sign(document)
    changed = signed.replace(AUTHORITY.encode(), OTHER_AUTHORITY.encode())
    assert changed != signed
    await is_refused(citizen, changed, "eds-signature-invalid", "signature")
    await nothing_was_done(country, citizen, document)


async def test_signature_that_is_broken_is_refused(country: RunningCountry) -> None:
    citizen = await country.citizen()
    document = await citizen.draft()
    signed = bytearray(citizen.sign(document))
    signed[-1] ^= 1  # the last byte of the DER belongs to the signature
    await is_refused(citizen, bytes(signed), "eds-signature-invalid", "signature")
    await nothing_was_done(country, citizen, document)


@pytest.mark.parametrize("garbage", [b"", b"not a signature", b"0" * 5000], ids=["nothing", "words", "zeros"])
async def test_signature_that_is_none_is_refused(country: RunningCountry, garbage: bytes) -> None:
    await is_refused(await country.citizen(), garbage, "eds-malformed", "form")


async def test_citizens_certificate_is_refused_under_the_output_document(country: RunningCountry) -> None:
    citizen, clerk = await country.citizen(), await country.clerk()
    case = await decided(country, citizen)
    as_citizen = await country.certify(replace(country.stranger(), iin=(await country.employee())["iin"]))
    signed = as_citizen.sign(await clerk.get_draft(case), now())
    error = await refused(clerk.sign_decision(case, signed))
    assert (error.status, error.code, error.body["condition"]) == (403, "eds-purpose", "purpose")
    await waits_for_a_signature(country, citizen, case)


async def test_output_document_must_be_the_draft_and_signed_by_the_employee_logged_in(
    country: RunningCountry,
) -> None:
    citizen, clerk = await country.citizen(), await country.clerk()
    case = await decided(country, citizen)
    draft, employee = await clerk.get_draft(case), await country.employee()
    own = employee_signer(country, employee)
    another = employee_signer(country, await country.employee(OTHER_AUTHORITY))
    for signed, code in (
        (another.sign(draft, now()), "eds-iin-mismatch"),
        (own.sign(draft.replace(b"positive", b"negative"), now()), "other-document"),
        (own.sign(draft, now())[:-1], "eds-malformed"),
    ):
        error = await refused(clerk.sign_decision(case, signed))
        assert (error.status, error.code) == (403, code)
        await waits_for_a_signature(country, citizen, case)
    await clerk.sign_decision(case, own.sign(draft, now()))
    assert (await citizen.is_served(case))["outcome"] == "positive"


def employee_signer(country: RunningCountry, employee: Any) -> CertifiedPerson:
    key = keys.new_ec_key()
    name = (employee["iin"], employee["surname"], employee["name"])
    organisation = known_organisations().get_by_office(employee["authority"])
    subject = profile.employee_subject(*name, organisation=organisation.name, bin_=organisation.bin)
    return CertifiedPerson(
        employee["iin"],
        key,
        issue_certificate(
            *nuc(country), key.public_key(), subject, CertificateKind.EMPLOYEE, now(), urls=lists(country)
        ),
    )


async def decided(country: RunningCountry, citizen: Citizen) -> str:
    """A case that waits for the signature of its output document."""
    clerk = await country.clerk()
    case = await citizen.apply()
    await country.arrived(case)
    await clerk.accept_case(case)
    await clerk.decide_case(case, "positive")
    return case


async def waits_for_a_signature(country: RunningCountry, citizen: Citizen, case: str) -> None:
    assert (await (await country.clerk()).get_case(case))["stage"] == "decided"
    assert {"t11", "t12"}.isdisjoint(step["step"] for step in await country.operator("is_mio").list_steps(case))
    assert (await refused(citizen.portal.get_output(case))).code == "no-output"
