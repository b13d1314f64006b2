"""Further countries: a fresh one for each test of whatever language, alone and thrown away afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.shep_gateway.api.sandbox.admission import SandboxOnly
from services.shep_gateway.console.country_systems import OWN_INSTANCE, CountrySystems
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.sandbox.country.further_countries import LONGEST_LIFE, USUAL_LIFE, CountryOrder, FurtherCountries
from shared.sandbox.rules import Word

router = APIRouter(prefix="/api/v1/sandbox", tags=["country"], dependencies=[SandboxOnly, OperatorOnly])

MOST_PEOPLE = 100


class CountryRequest(RequestModel):
    """What a country is to be like: its clerks, the places that stay free, how long it lives by itself."""

    clerks: Literal["instant", "paced", "manual"] = "instant"
    without: Annotated[list[Word], Field(max_length=30, default_factory=list)]
    lives_seconds: Annotated[int, Field(ge=1, le=LONGEST_LIFE)] = USUAL_LIFE
    citizens: Annotated[int, Field(ge=0, le=MOST_PEOPLE)] = 10


class CountryPersonView(BaseModel):
    """A person who has no account yet; instant clerks grant to an even ИИН and refuse an odd one."""

    model_config = ConfigDict(from_attributes=True)

    iin: str
    surname: str
    name: str
    patronymic: str


class FurtherCountryView(BaseModel):
    """A country of its own: where its systems are, and the secrets that open them."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    urls: dict[str, str]
    operator_tokens: dict[str, str]
    employee_password: str
    citizens: Annotated[list[CountryPersonView], at_most(MOST_PEOPLE, "as many as were asked for")]
    ends_at: datetime
    made_in_ms: float


@router.post(
    "/countries",
    status_code=201,
    responses=declare_errors(
        not_found="system-unknown", conflict="country-limit countries-not-offered", unavailable="country-failed"
    ),
)
@audits_fields("clerks", "without", "lives_seconds")
async def make_country(request: CountryRequest, runtime: ServiceRuntime) -> FurtherCountryView:
    """A country that nobody has used, on this machine, in which every system is ready.

    One of this kind may be ready (``egov-bus up --countries``, or after an earlier call) and is given at once.
    Otherwise a prepared country is forked, which takes part of a second; the first call prepares it, which takes
    some.
    ``country-limit`` where too many run.
    """
    systems = {*runtime.resource(CountrySystems).places, OWN_INSTANCE}
    for name in request.without:
        if name not in systems:
            raise NotFound("system-unknown", "there is no such system", system=name)
    order = CountryOrder(request.clerks, request.without, request.lives_seconds, request.citizens)
    return FurtherCountryView.model_validate(await runtime.resource(FurtherCountries).make(order))


@router.get("/countries")
async def list_countries(
    runtime: ServiceRuntime,
) -> Annotated[list[FurtherCountryView], at_most(100, "few run at once")]:
    """The further countries that run, the oldest first."""
    countries = runtime.resource(FurtherCountries).list_countries()
    return [FurtherCountryView.model_validate(country) for country in countries]


@router.delete(
    "/countries/{country_id}",
    status_code=204,
    responses=declare_errors(not_found="country-unknown", conflict="countries-not-offered"),
)
async def end_country(country_id: str, runtime: ServiceRuntime) -> None:
    """End a country and delete its data; ``country-unknown``."""
    await runtime.resource(FurtherCountries).end(country_id)
