"""The workplace (АРМ) over HTTP: whoever works on cases, at whichever system."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response, status
from pydantic import AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field

from shared.bus.errors import NotFound, Refused, Untrusted
from shared.bus.http.endpoints import BearerToken, Bus, OperatorOnly
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.cases import Outcome, StepDone
from shared.people import logins
from shared.people.passwords import Passwords
from shared.regulations.book import PassportBook
from shared.regulations.process.graph import Node
from shared.regulations.process.process_state import Course
from shared.workplace.clerks.settling import settle
from shared.workplace.people.roles import roles_of
from shared.workplace.records import storage, visits
from shared.workplace.records.deadlines import Extended, read_extensions
from shared.workplace.records.decisions import REFUSING, Decision
from shared.workplace.records.documents import Documents
from shared.workplace.records.stages import Stage
from shared.workplace.records.storage import CASES, LOGINS, Case, CaseRow, EmployeeRow
from shared.workplace.steps import extending, handing, intake
from shared.workplace.steps.case_session import Desk
from shared.workplace.steps.extending import Asked
from shared.workplace.steps.intake import IntakeIn

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


class StepIn(BaseModel):
    """A step that is taken: its ``answer`` where the step asks for one, the ``reason`` of a refusal, a CMS (base64
    of DER) over the draft where the employee signs with a key of his own. ``missing`` names the papers that are
    not there where the answer is ``incomplete``; they are the reason then."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[str, Field(max_length=40)] | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    reason_kk: Annotated[str, Field(max_length=2000)] | None = None
    cms: Base64Bytes | None = None
    missing: Annotated[list[visits.Paper], Field(max_length=30)] = []

    @property
    def decision(self) -> Decision | None:
        if self.answer in REFUSING:
            reason = self.reason or (visits.told_missing(self.missing) if self.missing else None)
            return Decision(Outcome.NEGATIVE, reason, self.reason_kk)
        return None


class ExtensionIn(BaseModel):
    """An extension of the act, why, and until when where the act does not say by how much."""

    model_config = ConfigDict(extra="forbid")

    extension: Annotated[str, Field(max_length=40)]
    reason: Annotated[str, Field(max_length=2000)]
    until: AwareDatetime | None = None


class TodoOut(BaseModel):
    """A step that may be taken now."""

    step: str
    label: str
    n: int | None
    actor: str
    action: str
    clause: str | None
    holder: str
    is_here: bool
    roles: list[str]
    choose: list[str]
    media: list[str]

    @classmethod
    def of(cls, node: Node, *, is_here: bool) -> TodoOut:
        return cls(
            step=node.id,
            label=node.label,
            n=node.n,
            actor=node.actor,
            action=node.action,
            clause=node.clause,
            holder=node.holder,
            is_here=is_here,
            roles=sorted(roles_of(node)),
            choose=list(node.chooses),
            media=list(node.media),
        )


class CaseOut(BaseModel):
    """A case as the workplace shows it; ``due_at`` is when the next step of the authority's is due here, ``late``
    by how many seconds it is late."""

    model_config = ConfigDict(from_attributes=True)

    correlation_id: str
    number: str | None
    regulation: str
    region: str
    channel: str
    variant: str
    authority: str
    place: str
    stage: Stage
    status: str
    employee: str | None
    outcome: Outcome | None
    reason: str | None
    received_at: datetime
    changed_at: datetime
    due_at: datetime | None
    late: float | None = None

    @classmethod
    def of(cls, case: CaseRow | Case, now: datetime) -> CaseOut:
        late = (now - case.due_at).total_seconds() if case.due_at is not None and now > case.due_at else None
        return cls.model_validate(case).model_copy(update={"late": late})


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
    return {"token": token, "authority": found.authority, "role": found.role}


@router.get("/employees", tags=["people"], dependencies=[OperatorOnly])
async def employees(bus: Bus) -> list[dict[str, str]]:
    """The synthetic employees: who works where (no passwords)."""
    rows = await bus.read(storage.all_employees)
    return [
        {
            "iin": row.iin,
            "authority": row.authority,
            "role": row.role,
            "surname": row.surname,
            "name": row.name,
        }
        for row in rows
    ]


@router.get("/cases", tags=["cases"])
async def cases(
    me: Employee,
    bus: Bus,
    stage: Stage | None = None,
    late: bool = False,
    sort: Literal["received", "due"] = "received",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[CaseOut]:
    """The cases of the employee's authority, the oldest first, or those that are due first; ``late`` ones only."""
    now, by_due = bus.now, sort == "due"
    late_at = now if late else None
    rows = await bus.read(
        lambda session: storage.cases(session, me.authority, stage, limit, late_at=late_at, is_by_due=by_due)
    )
    return [CaseOut.of(row, now) for row in rows]


@router.get("/cases/{case}", tags=["cases"])
async def case(case: str, me: Employee, bus: Bus) -> CaseOut:
    """One case by its number or id; ``case-unknown``, ``other-authority``."""
    return CaseOut.of(await own(case, me, bus), bus.now)


@router.get("/cases/{case}/application", tags=["cases"], response_class=Response)
async def application(case: str, me: Employee, bus: Bus) -> Response:
    """The application as it was signed (CMS, DER)."""
    return Response(await _document(case, me, bus, "application", "no-output"), media_type=CMS)


@router.post("/applications", tags=["cases"], status_code=status.HTTP_201_CREATED)
async def take_in(filed: IntakeIn, me: Employee, bus: Bus) -> CaseOut:
    """Take in the papers of somebody who came: the first steps of the channel, as far as they go.
    ``channel-not-given``, ``not-taken-here``, ``variant-not-found``, ``authority-unknown``, ``form-invalid``,
    ``not-entitled``, ``application-open-already``, ``role-refused``."""

    def run(work: Work) -> CaseOut:
        desk = intake.take_in(filed, me, work)
        settle(desk)
        desk.save()
        return CaseOut.of(desk.case, work.now)

    return await bus.write(run)


@router.get("/cases/{case}/todo", tags=["cases"])
async def todo(case: str, me: Employee, bus: Bus) -> list[TodoOut]:
    """What may be done next with a case, here and elsewhere, as far as it is known here."""
    row = await own(case, me, bus)
    course = Course.read(bus.use(PassportBook).graph(row.regulation, row.channel, row.variant), row.steps)
    nodes = [course.graph.node(one) for one in course.allowed]
    here = set(row.systems.split(","))
    return [TodoOut.of(node, is_here=node.holder in here) for node in nodes if node.end is None]


@router.post("/cases/{case}/steps/{step}", tags=["cases"])
async def take(case: str, step: str, taken: StepIn, me: Employee, bus: Bus) -> CaseOut:
    """Take a step: ``step-not-found``, ``step-out-of-order``, ``step-already-done``, ``answer-needed``,
    ``role-refused``, ``not-here``, ``reason-missing``, ``recipient-needed`` (see ``hand-over``); the codes of
    «условие 2» for a CMS that does not hold."""

    def run(desk: Desk) -> None:
        handing.check_plain(desk, step)
        if taken.missing:
            noted = visits.read(desk.documents).model_copy(update={"missing": tuple(taken.missing)})
            visits.write(desk.documents, noted)
        desk.take(me, step, taken.answer, taken.decision, taken.cms)

    return await act(case, me, bus, run)


@router.post("/cases/{case}/accept", tags=["cases"])
async def accept(case: str, me: Employee, bus: Bus) -> CaseOut:
    """Take a case into work; ``step-out-of-order`` when the regulation does not allow it now."""
    return await act(case, me, bus, lambda desk: desk.take(me, desk.find("accept")))


@router.post("/cases/{case}/decision", tags=["cases"])
async def decide(case: str, decision: DecisionIn, me: Employee, bus: Bus) -> CaseOut:
    """Decide; ``reason-missing`` for a refusal without a reason."""
    made = Decision(decision.outcome, decision.reason, decision.reason_kk)
    answer = "granted" if made.outcome is Outcome.POSITIVE else "refused"
    return await act(case, me, bus, lambda desk: desk.take(me, desk.find("decide"), answer, made))


@router.get("/cases/{case}/extensions", tags=["cases"])
async def extensions(case: str, me: Employee, bus: Bus) -> list[Extended]:
    """The deadlines that were extended, in order."""
    return list(read_extensions((await own(case, me, bus)).extensions))


@router.post("/cases/{case}/extension", tags=["cases"])
async def extend(case: str, asked: ExtensionIn, me: Employee, bus: Bus) -> CaseOut:
    """Extend the deadline of the step that waits for this employee: ``extension-not-given``,
    ``extension-given``, ``extension-not-now``, ``extension-unmeasured``, ``extension-backwards``,
    ``reason-missing``, ``role-refused``, ``other-authority``."""
    wanted = Asked(asked.extension, asked.reason, asked.until)
    return await act(case, me, bus, lambda desk: extending.extend(desk, me, wanted), goes_on=False)


@router.get("/cases/{case}/draft", tags=["cases"], response_class=Response)
async def draft(case: str, me: Employee, bus: Bus) -> Response:
    """The output document to sign; ``no-draft`` before the decision."""
    return Response(await _document(case, me, bus, "draft", "no-draft"), media_type="application/json")


@router.post("/cases/{case}/signature", tags=["cases"])
async def sign(case: str, signature: SignatureIn, me: Employee, bus: Bus) -> CaseOut:
    """Issue and sign the output document; the codes of «условие 2» when the employee's own CMS does not hold."""

    def run(desk: Desk) -> None:
        _ = desk.draft
        if desk.is_next("issue"):
            desk.take(me, desk.find("issue"))
        desk.take(me, desk.find("sign"), signed=signature.cms)

    return await act(case, me, bus, run)


@router.get("/cases/{case}/output", tags=["cases"], response_class=Response)
async def output(case: str, me: Employee, bus: Bus) -> Response:
    """The signed output document (CMS, DER); ``no-output`` before it is signed."""
    return Response(await _document(case, me, bus, "output", "no-output"), media_type=CMS)


@router.get("/cases/{case}/steps", tags=["cases"], dependencies=[OperatorOnly])
async def steps(case: str, bus: Bus) -> list[StepDone]:
    """The steps of a case as this system knows them; by its id."""
    return await bus.read(lambda session: storage.steps_of(session, case))


async def _document(case: str, me: EmployeeRow, bus: Bus, kind: str, missing: str) -> bytes:
    row = await own(case, me, bus)
    found = await bus.read(lambda session: storage.document(session, row.correlation_id, kind))
    if found is None:
        raise NotFound(missing, "this document does not exist yet")
    return found


async def own(case: str, me: EmployeeRow, bus: Bus) -> CaseRow:
    """A case of one's own place; ``case-unknown``, ``other-authority``."""
    row = await bus.read(lambda session: storage.get_case(session, case))
    if row.place != me.authority:
        raise Refused("other-authority", "the case belongs to another authority")
    return row


async def act(
    case: str, me: EmployeeRow, bus: Bus, does: Callable[[Desk], object], *, goes_on: bool = True
) -> CaseOut:
    """Take steps of a case of one's own place; ``case-unknown``, ``other-authority``.

    Unless it ``goes_on`` the clerks are not asked what follows.
    """

    def run(work: Work) -> CaseOut:
        found = storage.get_case(work.session, case).correlation_id
        row = work.rows(CASES).get(found)
        assert row is not None  # noqa: S101 - found just now
        desk = Desk(work, row, Documents(work, found))
        if desk.case.place != me.authority:
            raise Refused("other-authority", "the case belongs to another authority")
        does(desk)
        if goes_on:
            settle(desk)
        desk.save()
        return CaseOut.of(desk.case, work.now)

    return await bus.write(run)
