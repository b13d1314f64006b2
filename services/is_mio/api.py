"""The workplace of an authority's employee (АРМ) over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from services.is_mio import storage
from services.is_mio.desk import Desk, Documents
from services.is_mio.domain import Decision, Stage, check_own
from services.is_mio.storage import CASES, LOGINS, CaseRow, EmployeeRow
from shared.bus.errors import NotFound, Refused, Untrusted
from shared.bus.http import BearerToken, Bus, OperatorOnly
from shared.bus.work import Work
from shared.contracts.cases import Outcome, StepDone
from shared.people import logins
from shared.people.passwords import Passwords
from shared.pki.centre import Centre
from shared.pki.profile import Purpose

router = APIRouter(prefix="/api/v1")

CMS = "application/pkcs7-mime"


class Credentials(BaseModel):
    """ИИН and password."""

    model_config = ConfigDict(extra="forbid")

    iin: Annotated[str, Field(max_length=12)]
    password: Annotated[str, Field(max_length=200)]


class DecisionIn(BaseModel):
    """A decision; a negative one has its reason, which ``reason_kk`` may say in Kazakh."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None


class SignatureIn(BaseModel):
    """A CMS (base64 of DER) over the draft, by the employee's own key; without it the workplace's key signs."""

    model_config = ConfigDict(extra="forbid")

    cms: Base64Bytes | None = None


class CaseOut(BaseModel):
    """A case as the workplace shows it."""

    model_config = ConfigDict(from_attributes=True)

    correlation_id: str
    number: str
    regulation: str
    region: str
    channel: str
    authority: str
    stage: Stage
    employee: str | None
    outcome: Outcome | None
    reason: str | None
    received_at: datetime
    changed_at: datetime


async def employee(bus: Bus, token: BearerToken) -> EmployeeRow:
    """Whoever is logged in; ``login-needed``."""

    def find(session: Any) -> EmployeeRow | None:
        return storage.get_employee(session, logins.who(session, LOGINS, token, bus.now))

    found = await bus.read(find)
    if found is None:
        raise Untrusted("login-needed", "log in first")
    return found


Employee = Annotated[EmployeeRow, Depends(employee)]


@router.post("/login", tags=["people"])
async def log_in(credentials: Credentials, bus: Bus) -> dict[str, str]:
    """процесс 1, условие 1: a session, or процесс 2: ``authorization-refused``; ``too-many-attempts``."""
    iin = credentials.iin
    await bus.read(lambda session: logins.check_attempts(session, LOGINS, iin, bus.now))
    found = await bus.read(lambda session: storage.get_employee(session, iin))
    is_right = await bus.use(Passwords).is_right(credentials.password, found.password_hash if found else None)
    token = await bus.write(
        lambda work: logins.conclude(work.session, LOGINS, iin, work.now, is_right=is_right and found is not None)
    )
    if token is None or found is None:
        raise Untrusted("authorization-refused", "the ИИН or the password is wrong")
    return {"token": token, "authority": found.authority}


@router.get("/employees", tags=["people"], dependencies=[OperatorOnly])
async def employees(bus: Bus) -> list[dict[str, str]]:
    """The synthetic employees: who works where (no passwords)."""
    rows = await bus.read(storage.all_employees)
    return [{"iin": row.iin, "authority": row.authority, "surname": row.surname, "name": row.name} for row in rows]


@router.get("/cases", tags=["cases"])
async def cases(
    me: Employee, bus: Bus, stage: Stage | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[CaseOut]:
    """The cases of the employee's authority, the oldest first."""
    rows = await bus.read(lambda session: storage.cases(session, me.authority, stage, limit))
    return [CaseOut.model_validate(row) for row in rows]


@router.get("/cases/{case}", tags=["cases"])
async def case(case: str, me: Employee, bus: Bus) -> CaseOut:
    """One case by its number or id; ``case-unknown``, ``other-authority``."""
    return CaseOut.model_validate(await _own(case, me, bus))


@router.get("/cases/{case}/application", tags=["cases"], response_class=Response)
async def application(case: str, me: Employee, bus: Bus) -> Response:
    """The application as it was signed (CMS, DER)."""
    return Response(await _document(case, me, bus, "application", "no-output"), media_type=CMS)


@router.post("/cases/{case}/accept", tags=["cases"])
async def accept(case: str, me: Employee, bus: Bus) -> CaseOut:
    """Take a case into work; ``step-out-of-order`` when the regulation does not allow it now."""
    return await _act(case, me, bus, lambda desk: desk.accept(me))


@router.post("/cases/{case}/decision", tags=["cases"])
async def decide(case: str, decision: DecisionIn, me: Employee, bus: Bus) -> CaseOut:
    """Decide; ``reason-missing`` for a refusal without a reason."""
    made = Decision(decision.outcome, decision.reason, decision.reason_kk)
    return await _act(case, me, bus, lambda desk: desk.decide(me, made))


@router.get("/cases/{case}/draft", tags=["cases"], response_class=Response)
async def draft(case: str, me: Employee, bus: Bus) -> Response:
    """The output document to sign; ``no-draft`` before the decision."""
    return Response(await _document(case, me, bus, "draft", "no-draft"), media_type="application/json")


@router.post("/cases/{case}/signature", tags=["cases"])
async def sign(case: str, signature: SignatureIn, me: Employee, bus: Bus) -> CaseOut:
    """Sign and send the output document; the codes of «условие 2» when the employee's own CMS does not hold."""

    def act(desk: Desk) -> None:
        if signature.cms is None:
            desk.sign(me)
        else:
            _check(desk, signature.cms, me)
            desk.issue(me, signature.cms)

    return await _act(case, me, bus, act)


@router.get("/cases/{case}/output", tags=["cases"], response_class=Response)
async def output(case: str, me: Employee, bus: Bus) -> Response:
    """The signed output document (CMS, DER); ``no-output`` before it is signed."""
    return Response(await _document(case, me, bus, "output", "no-output"), media_type=CMS)


@router.get("/cases/{case}/steps", tags=["cases"], dependencies=[OperatorOnly])
async def steps(case: str, bus: Bus) -> list[StepDone]:
    """The steps of a case as ИС МИО knows them; by its id."""
    return await bus.read(lambda session: storage.steps_of(session, case))


async def _document(case: str, me: EmployeeRow, bus: Bus, kind: str, missing: str) -> bytes:
    row = await _own(case, me, bus)
    found = await bus.read(lambda session: storage.document(session, row.correlation_id, kind))
    if found is None:
        raise NotFound(missing, "this document does not exist yet")
    return found


async def _own(case: str, me: EmployeeRow, bus: Bus) -> CaseRow:
    row = await bus.read(lambda session: storage.get_case(session, case))
    check_own(row.authority, me.authority)
    return row


async def _act(case: str, me: EmployeeRow, bus: Bus, act: Any) -> CaseOut:
    def run(work: Work) -> CaseOut:
        found = storage.get_case(work.session, case).correlation_id
        row = work.rows(CASES).get(found)
        assert row is not None  # noqa: S101 - found just now
        desk = Desk(work, row, Documents(work, found))
        check_own(desk.case.authority, me.authority)
        act(desk)
        desk.save()
        return CaseOut.model_validate(desk.case)

    return await bus.write(run)


def _check(desk: Desk, signature: bytes, me: EmployeeRow) -> None:
    centre = desk.work.use(Centre)
    checked = centre.check(signature, at=desk.work.now, expected_iin=me.iin, purpose=Purpose.EMPLOYEE)
    if checked.content != desk.draft:
        raise Refused("other-document", "the signature is over another document than the draft")
