"""Threat: something of the sandbox stays open in production.

Every row of the table of profiles, asked of a running country in both profiles; and a citizen and an employee who
get a case done where all of it is closed.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any

import httpx
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.http.tls import server_check
from shared.bus.profiles import OPENINGS, Opening, Profile
from shared.client import ApiError, CertifiedPerson, WorkplaceClient
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.faults import MAGIC_SUBJECTS
from tests.attacks.profiles.opening_probes import (
    explains_refused_signatures,
    hashes_with_little_work,
    migrates_at_start,
    obeys_rules,
)
from tests.journeys.checks.check_probe import checks_messages
from tests.journeys.kit import (
    AUTHORITY,
    EMPLOYEE_PASSWORD,
    PASSWORD,
    Citizen,
    RunningCountry,
    refused,
    running,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = ("is_nuc", "portal_pep", "shep_gateway", "rshep_yuz", "nr_iin", "is_mio", "is_con", "is_cgo")
ENVIRONMENTS = {
    Profile.SANDBOX: {"EGOV_CLOCK": "sandbox", "EGOV_EMPLOYEE_KEYS": "ec"},
    Profile.PRODUCTION: {"EGOV_EMPLOYEE_PASSWORD": "", "EGOV_EMPLOYEE_KEYS": "ec"},
}
NEW_PASSWORD = "a-password-of-my-own"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=list(Profile))
async def land(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[RunningCountry, Profile]]:
    kind: Profile = request.param
    environment = {**ENVIRONMENTS[kind], "EGOV_PROFILE": kind.value}
    async with running(tmp_path_factory.mktemp(kind), names=NAMES, environment=environment) as country:
        yield country, kind


def csr_of(key: keys.PrivateKey, subject: x509.Name) -> str:
    return make_csr(key, subject).public_bytes(Encoding.PEM).decode()


async def admit(country: RunningCountry) -> Citizen:
    """A new citizen, certified by НУЦ's operator, who registers with a proof of the ЭЦП."""
    person, key, portal = country.stranger(), keys.new_ec_key(), country.portal()
    subject = profile.person_subject(person.iin, person.surname, person.name, person.patronymic)
    issued = await country.operator("is_nuc").post("/api/v1/people", {"csr": csr_of(key, subject)})
    signer = CertifiedPerson(person.iin, key, x509.load_pem_x509_certificate(issued["certificate"].encode()))
    asked = {"iin": person.iin, "purpose": "registration"}
    challenge = (await portal.call("POST", "/api/v1/challenges", json=asked)).content
    signed = signer.sign(challenge, datetime.now(UTC))  # noqa: TID251 - the citizen's own clock
    body = {"iin": person.iin, "password": PASSWORD, "cms": b64encode(signed).decode()}
    await portal.post("/api/v1/registration", body)
    await portal.log_in(person.iin, PASSWORD)
    return Citizen(person, signer, portal)


def first_passwords(country: RunningCountry) -> dict[str, str]:
    """The first passwords of ИС МИО's employees by ИИН, as the operator finds them in the private file."""
    file = country.folder / "is_mio" / "employee.passwords"
    if not file.exists():
        return {}
    assert file.stat().st_mode & 0o777 == 0o600
    return {line.split()[0]: line.split()[-1] for line in file.read_text().splitlines()}


async def first_login(country: RunningCountry) -> tuple[WorkplaceClient, Any]:
    """An employee of the authority with the first password, and the answer to the login."""
    iin = (await country.employee(AUTHORITY))["iin"]
    place = WorkplaceClient(country.url("is_mio"))
    country.stack.push_async_callback(place.close)
    password = first_passwords(country).get(iin, EMPLOYEE_PASSWORD)
    session = await place.post("/api/v1/login", {"iin": iin, "password": password})
    place.set_token(session["token"])
    return place, {**session, "iin": iin, "password": password}


async def clerk_of(country: RunningCountry) -> WorkplaceClient:
    """The employee at work, after the change of the first password where one is due, also of one given anew."""
    try:
        place, session = await first_login(country)
    except ApiError:
        return await country.works_as("is_mio", (await country.employee(AUTHORITY))["iin"], NEW_PASSWORD)
    if session["must_change_password"]:
        change = {"password": session["password"], "new_password": NEW_PASSWORD}
        place.set_token((await place.post("/api/v1/password", change))["token"])
        reset = await country.operator("is_mio").post(f"/api/v1/employees/{session['iin']}/password", {})
        place.set_token((await place.post("/api/v1/login", {"iin": session["iin"], **reset}))["token"])
        change["password"] = reset["password"]
        place.set_token((await place.post("/api/v1/password", change))["token"])
    return place


async def decided(country: RunningCountry) -> tuple[Citizen, WorkplaceClient, str]:
    """An application that waits for the signature of the employee."""
    citizen, clerk = await admit(country), await clerk_of(country)
    case = await citizen.apply()
    await citizen.sees(case, "поступившие")
    await clerk.accept_case(case)
    await clerk.decide_case(case, "positive")
    return citizen, clerk, case


async def gives_certificates(country: RunningCountry) -> bool:
    person, key = country.stranger(), keys.new_ec_key()
    subject = profile.person_subject(person.iin, person.surname, person.name)
    bodies = {
        "people": {"csr": csr_of(key, subject)},
        "containers/people": {"iin": person.iin, "password": PASSWORD, "key": "ec"},
        "local-tls": {"csr": csr_of(keys.new_ec_key(), subject)},
    }
    statuses = {
        (await country.answer("is_nuc", "POST", f"/api/v1/{path}", json=body)).status_code
        for path, body in bodies.items()
    }
    assert len(statuses) == 1, "open or closed, all of it"
    return statuses == {201}


async def knows_magic_subjects(country: RunningCountry) -> bool:
    body = {"iin": MAGIC_SUBJECTS[0].iin, "password": PASSWORD, "key": "ec"}
    operator = country.operator("is_nuc")
    listed = await operator.get("/api/v1/magic-subjects")
    token = {"Authorization": f"Bearer {(country.folder / 'is_nuc' / 'operator.token').read_text()}"}
    answer = await country.answer("is_nuc", "POST", "/api/v1/containers/people", json=body, headers=token)
    assert bool(listed) == (answer.status_code == 201)
    return bool(listed)


async def takes_faults(country: RunningCountry) -> bool:
    token = {"Authorization": f"Bearer {(country.folder / 'is_nuc' / 'operator.token').read_text()}"}
    body = {"iin": country.stranger().iin}
    answer = await country.answer("is_nuc", "PUT", "/api/v1/faults/ocsp-silent", json=body, headers=token)
    return answer.status_code == 200


async def moves_clock(country: RunningCountry) -> bool:
    token = {"Authorization": f"Bearer {(country.folder / 'is_nuc' / 'operator.token').read_text()}"}
    answer = await country.answer("is_nuc", "POST", "/api/v1/clock/advance", json={"by": 1}, headers=token)
    assert answer.status_code != 404
    return answer.status_code == 200


async def signs_as_ncanode(country: RunningCountry) -> bool:
    return (await country.answer("is_nuc", "GET", "/actuator/health")).status_code == 200


async def signs_by_sigex(country: RunningCountry) -> bool:
    wish, paths = {"description": "A contract"}, ("", "/x", "/x/mgovSign", "/x/documents")
    answers = [await country.answer("is_nuc", "POST", f"/api/egovQr{paths[0]}", json=wish)]
    answers += [await country.answer("is_nuc", "GET", f"/api/egovQr{path}") for path in paths[1:]]
    codes = {answer.json().get("code", "") for answer in answers}
    assert codes in ({"", "sigex-unknown"}, {"sigex-closed"})
    return answers[0].status_code == 200


async def registers_unproved(country: RunningCountry) -> bool:
    body = {"iin": country.stranger().iin, "password": PASSWORD}
    answer = await country.answer("portal_pep", "POST", "/api/v1/registration", json=body)
    assert answer.status_code == 201 or answer.json()["code"] == "proof-needed"
    return answer.status_code == 201


async def shares_first_password(country: RunningCountry) -> bool:
    place, session = await first_login(country)
    if session["must_change_password"]:
        assert (await refused(place.list_cases())).code == "password-change-needed"
        own = first_passwords(country)
        assert len(own) > 50
        assert len(set(own.values())) == len(own)
        return False
    await place.list_cases()
    return not first_passwords(country)


async def signs_with_kept_keys(country: RunningCountry) -> bool:
    _, clerk, case = await decided(country)
    try:
        await clerk.sign_decision(case)
    except ApiError as error:
        return error.code != "own-signature-needed"
    return True


async def takes_clerks(country: RunningCountry) -> bool:
    token = {"Authorization": f"Bearer {(country.folder / 'is_mio' / 'operator.token').read_text()}"}
    answer = await country.answer("is_mio", "PUT", "/api/v1/clerks", json={"rules": []}, headers=token)
    return answer.status_code == 200


async def shows_docs(country: RunningCountry) -> bool:
    statuses = {(await country.answer(name, "GET", "/docs")).status_code for name in NAMES}
    assert len(statuses) == 1
    return statuses == {200}


async def answers_under_every_name(country: RunningCountry) -> bool:
    for host in ("localhost:1", "127.0.0.1"):
        answer = await country.answer("portal_pep", "GET", "/api/v1/services", headers={"Host": host})
        assert answer.status_code == 200
    hosts = [(name, {"Host": "evil.example"}) for name in NAMES]
    statuses = {
        (await country.answer(name, "GET", "/api/v1/time", headers=host)).status_code for name, host in hosts
    }
    assert statuses in ({200}, {421})
    return statuses == {200}


async def lets_pages_of_every_site_call(country: RunningCountry) -> bool:
    allowed: set[str | None] = set()
    for name, path in (("is_nuc", "/cms/sign"), ("is_nuc", "/ocsp"), ("portal_pep", "/api/v1/login")):
        for method in ("OPTIONS", "POST"):
            page = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
            answer = await country.answer(name, method, path, headers=page)
            allowed.add(answer.headers.get("access-control-allow-origin"))
    assert allowed in ({"*"}, {None})
    return allowed == {"*"}


async def pushes_to_this_machine(country: RunningCountry) -> bool:
    path, body = "/api/v1/participants/nobody/endpoint", {"url": "http://127.0.0.1:9/"}
    error = await refused(country.operator("shep_gateway").call("PUT", path, json=body))
    assert error.code in ("participant-unknown", "push-host-refused")
    return error.code == "participant-unknown"


async def lets_in_invented_citizens(country: RunningCountry) -> bool:
    iin, page = country.stranger().iin, {"Accept": "text/html"}
    shown = await country.answer("portal_pep", "GET", "/sandbox/citizens", headers=page)
    telephone = await country.answer("portal_pep", "GET", f"/sandbox/telephone?iin={iin}", headers=page)
    phone = await country.answer("portal_pep", "GET", "/sandbox/phone", headers=page)
    assert phone.status_code == shown.status_code
    login = await country.answer("portal_pep", "GET", "/login?way=eds", headers=page)
    kept = dict(shown.cookies) | dict(telephone.cookies) | dict(login.cookies)
    guest = page | {"Cookie": "; ".join(f"{name}={value}" for name, value in kept.items())}
    token = {"form-token": login.text.split('name="form-token" value="')[1].split('"')[0], "iin": iin}
    for path, form in (
        ("/sandbox/citizens", {}),
        ("/login/eds", {"by": "cloud", "way": "eds"}),
        ("/login/eds", {"by": "ncalayer", "way": "eds-sms"}),
        ("/registration", {"by": "cloud"}),
        ("/recovery", {"by": "cloud"}),
    ):
        answer = await country.answer("portal_pep", "POST", path, headers=guest, data=token | form)
        assert answer.status_code == (303 if shown.status_code == 200 else 404), path
    assert ('value="cloud"' in login.text) is (telephone.status_code == 200) is (shown.status_code == 200)
    return shown.status_code == 200


async def sends_messages_anew(country: RunningCountry) -> bool:
    """Whether the operator of ШЭП may send a message of the journal once more in the name of its sender."""
    error = await refused(country.operator("shep_gateway").post("/api/v1/journal/999999/replay", {}))
    assert error.code in ("entry-unknown", "replay-closed")
    return error.code == "entry-unknown"


PROBES: dict[Opening, Callable[[RunningCountry], Awaitable[bool]]] = {
    Opening.CERTIFICATES: gives_certificates,
    Opening.MAGIC_SUBJECTS: knows_magic_subjects,
    Opening.FAULTS: takes_faults,
    Opening.CLOCK: moves_clock,
    Opening.NCANODE: signs_as_ncanode,
    Opening.SIGEX: signs_by_sigex,
    Opening.UNPROVED_REGISTRATION: registers_unproved,
    Opening.COMMON_PASSWORD: shares_first_password,
    Opening.PASSWORD_WORK: hashes_with_little_work,
    Opening.KEPT_KEYS: signs_with_kept_keys,
    Opening.CLERKS: takes_clerks,
    Opening.DOCS_PAGES: shows_docs,
    Opening.HOST_NAMES: answers_under_every_name,
    Opening.FOREIGN_PAGES: lets_pages_of_every_site_call,
    Opening.LOCAL_ENDPOINTS: pushes_to_this_machine,
    Opening.EXPLANATIONS: explains_refused_signatures,
    Opening.SYNTHETIC_CITIZENS: lets_in_invented_citizens,
    Opening.COUNTRY_BOARD: sends_messages_anew,
    Opening.MESSAGE_CHECKS: checks_messages,
    Opening.SANDBOX_RULES: obeys_rules,
    Opening.MIGRATION_AT_START: migrates_at_start,
}


async def test_every_row_of_the_table_is_open_in_the_sandbox_and_closed_in_production(
    land: tuple[RunningCountry, Profile],
) -> None:
    country, kind = land
    assert set(PROBES) == set(OPENINGS)
    is_open = {opening: await probe(country) for opening, probe in PROBES.items()}
    assert is_open == dict.fromkeys(OPENINGS, kind is Profile.SANDBOX)


async def test_outcome_ordered_with_an_application_is_refused_in_production(
    land: tuple[RunningCountry, Profile],
) -> None:
    country, kind = land
    citizen = await admit(country)
    error = await refused(citizen.portal.submit_application(b"no signature", "granted"))
    if kind is Profile.PRODUCTION:
        assert (error.status, error.code) == (403, "sandbox-only")
    else:
        assert error.code.startswith("eds-"), error.code


async def test_citizen_and_employee_with_keys_of_their_own_complete_a_case_in_either_profile(
    land: tuple[RunningCountry, Profile],
) -> None:
    country, _ = land
    citizen, clerk, case = await decided(country)
    key, employee = keys.new_ec_key(), await country.employee(AUTHORITY)
    wrong = profile.employee_subject(employee["iin"], "A", "B", organisation="C", bin_="000140000019")
    error = await refused(clerk.post("/api/v1/certificate", {"csr": csr_of(key, wrong)}))
    assert error.code == "csr-owner"
    subject = x509.Name.from_rfc4514_string(error.body["expected"])
    issued = await clerk.post("/api/v1/certificate", {"csr": csr_of(key, subject)})
    signer = CertifiedPerson(employee["iin"], key, x509.load_pem_x509_certificate(issued["certificate"].encode()))
    draft = await clerk.get_draft(case)
    await clerk.sign_decision(case, signer.sign(draft, datetime.now(UTC)))  # noqa: TID251 - the employee's clock
    view = await citizen.is_served(case)
    assert view["outcome"] == "positive"
    output = await citizen.portal.get_output(case)
    assert output["signer"]["name"] == f"{employee['surname']} {employee['name']}".upper()


def form_token(page: httpx.Response) -> dict[str, str]:
    return {"form-token": page.text.split('name="form-token" value="')[1].split('"')[0]}


async def visit(country: RunningCountry) -> httpx.AsyncClient:
    """A browser without a script, on this machine, at ШЭП."""
    url, check = country.url("shep_gateway"), server_check("http://")
    browser = httpx.AsyncClient(base_url=url, timeout=30, follow_redirects=True, verify=check)
    return await country.stack.enter_async_context(browser)


async def test_start_page_gives_tokens_and_passwords_away_in_the_sandbox_only(
    land: tuple[RunningCountry, Profile],
) -> None:
    country, kind = land
    browser = await visit(country)
    page, employees = await browser.get("/"), await browser.get("/start/employees/is_mio")
    tokens = {file.read_text().strip() for file in country.folder.glob("*/operator.token")}
    passwords = set(first_passwords(country).values()) or {EMPLOYEE_PASSWORD}
    assert (len(tokens), page.status_code) == (len(NAMES), 200)
    assert employees.status_code == (200 if kind is Profile.SANDBOX else 404)
    text = unescape(page.text + employees.text)
    assert {secret for secret in tokens | passwords if secret in text} == (
        tokens | passwords if kind is Profile.SANDBOX else set()
    )


async def test_console_is_the_operators_alone_and_steers_nothing_in_production(
    land: tuple[RunningCountry, Profile],
) -> None:
    country, is_open = land[0], land[1] is Profile.SANDBOX
    browser, case = await visit(country), await (await admit(country)).apply()
    login = await browser.get("/console/login")
    pressed = await browser.post("/console/enter", data=form_token(login))
    assert ("/console/enter" in login.text, pressed.status_code) == (is_open, 200 if is_open else 403)
    assert (await browser.get("/console")).url.path == ("/console" if is_open else "/console/login")
    token = (country.folder / "shep_gateway" / "operator.token").read_text().strip()
    login = await browser.get("/console/login")
    front = await browser.post("/console/login", data=form_token(login) | {"token": token})
    assert (front.url.path, "console/sandbox" in front.text) == ("/console", is_open)
    for path in ("/console/sandbox", "/console/sandbox/reset"):
        assert (await browser.get(path)).status_code == (200 if is_open else 404)
    (*_, entry) = await country.operator("shep_gateway").list_journal(correlation_id=case, event="ACCEPTED")
    page = await browser.get(path := f"/console/journal/{entry['n']}")
    assert (f"{path}/replay" in page.text) is is_open
    anew = await browser.post(f"{path}/replay", data=form_token(page) | {"data": "{}"})
    assert ("replay-closed" in anew.text) is not is_open
