"""ИС ЦГО over HTTP, for its operator; systems send queries over the bus."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.is_cgo import storage
from services.is_cgo.conduct_rules import share_rules
from services.is_cgo.domain import LONGEST_SECONDS, ConductMode, ConductRule, answer_of, check_share
from services.is_cgo.settings import CgoSettings
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging, WholePaging
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.contracts.registers import CitizenAnswer, CitizenKind
from shared.sandbox.rule_book import RuleBook

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])

Narrowed = Annotated[str | None, Query(max_length=100)]


class QuestionView(BaseModel):
    """A journaled query: the asking system, the person, the service and case, and the moments of query and
    answer.
    """

    n: int
    asked_at: datetime
    asker: str
    correlation_id: str
    service_id: str
    regulation: str | None
    case: str | None
    iin: str
    kinds: list[CitizenKind]
    mode: ConductMode
    due_at: datetime | None
    answered_at: datetime | None

    @classmethod
    def from_row(cls, row: storage.QuestionRow) -> QuestionView:
        return cls.model_validate({**row.model_dump(), "case": row.case_id, "kinds": storage.kinds_of(row)})


class ConductRequest(RequestModel):
    """A rule of conduct: ``percent`` of all people are concerned, ``seconds`` is the delay of a slow answer."""

    mode: ConductMode
    percent: Annotated[int, Field(ge=0, le=100)] = 100
    seconds: Annotated[float, Field(ge=0, le=LONGEST_SECONDS, allow_inf_nan=False)] = 0


class ConductView(BaseModel):
    """A rule and its subject: an ИИН, or ``everybody``."""

    model_config = ConfigDict(from_attributes=True)

    whom: str
    mode: ConductMode
    percent: int
    seconds: float


@router.get("/citizens/{iin}", tags=["citizens"], responses=declare_errors(IIN_ERRORS, not_found="iin-unknown"))
async def show_citizen(iin: str, runtime: ServiceRuntime) -> CitizenAnswer:
    """All documents of one citizen; the codes of the ИИН check, ``iin-unknown``."""
    number = check_iin(iin)
    papers = await runtime.read(lambda session: storage.papers_of(session, number))
    if not papers:
        raise NotFound("iin-unknown", "no person holds this ИИН")
    return answer_of(number, tuple(CitizenKind), papers)


@router.get("/questions", tags=["journal"])
async def list_questions(
    runtime: ServiceRuntime,
    pager: Paging,
    iin: Narrowed = None,
    asker: Narrowed = None,
    case: Narrowed = None,
    correlation_id: Narrowed = None,
    mode: ConductMode | None = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> list[QuestionView]:
    """The journal of queries, the newest first; only those ``after`` the query with this number;
    ``cursor-malformed``.
    """
    narrowed = {"iin": iin, "asker": asker, "case_id": case, "correlation_id": correlation_id, "mode": mode}
    page = await runtime.read(lambda session: storage.list_questions(session, after, pager.place, **narrowed))
    return [QuestionView.from_row(row) for row in pager.link_page(page)]


@router.get("/conduct", tags=["conduct"])
async def list_conduct(runtime: ServiceRuntime, pager: WholePaging) -> list[ConductView]:
    """The rules that the operator has set, ordered by subject; without a rule for ``everybody`` the settings
    apply. ``cursor-malformed``.
    """
    page = await runtime.read(lambda session: storage.list_rules(session, pager.place))
    return [ConductView.model_validate(row) for row in pager.link_page(page)]


@router.put("/conduct/{whom}", tags=["conduct"], responses=declare_errors(IIN_ERRORS, malformed="conduct-percent"))
@audits_fields("mode", "percent", "seconds")
async def set_conduct(whom: str, request: ConductRequest, runtime: ServiceRuntime) -> ConductView:
    """Set the conduct towards queries about an ИИН, or about ``everybody``.

    The codes of the ИИН check; ``conduct-percent`` for a share of one person.
    """
    name = _check_subject(whom)
    rule = ConductRule(request.mode, request.percent, request.seconds)
    check_share(rule, is_for_everybody=name == storage.EVERYBODY)
    await runtime.write(lambda uow: storage.set_rule(uow.session, name, rule))
    await _share_rules(runtime)
    return ConductView(whom=name, mode=rule.mode, percent=rule.percent, seconds=rule.seconds)


@router.delete(
    "/conduct/{whom}",
    tags=["conduct"],
    status_code=204,
    responses=declare_errors(IIN_ERRORS, not_found="conduct-unknown"),
)
async def drop_conduct(whom: str, runtime: ServiceRuntime) -> Response:
    """Delete a rule; the codes of the ИИН check, ``conduct-unknown``."""
    name = _check_subject(whom)
    if not await runtime.write(lambda uow: storage.drop_rule(uow.session, name)):
        raise NotFound("conduct-unknown", "there is no such rule")
    await _share_rules(runtime)
    return Response(status_code=204)


async def _share_rules(runtime: Runtime) -> None:
    book, settings = runtime.resource(RuleBook), runtime.resource(CgoSettings)
    await runtime.read(lambda session: share_rules(session, book, settings))


def _check_subject(text: str) -> str:
    return text if text == storage.EVERYBODY else check_iin(text)
