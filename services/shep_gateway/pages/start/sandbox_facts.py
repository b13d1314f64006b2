"""What a newcomer needs to play: people by the outcome that their ИИН forces, employees, passwords, tokens.

None of it is shown in production, and the secrets only to a browser on this machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from fastapi import Request

from services.shep_gateway.settings import GatewaySettings
from shared.bus.http.requests.callers import read_address
from shared.bus.profiles import Profile
from shared.contracts.population import SyntheticPerson, make_population, odd_people
from shared.sandbox.magic_people import list_magic_people, read_endings
from shared.texts.catalog import Translations

FORWARDED = ("x-forwarded-for", "forwarded", "via", "origin")
PEOPLE_SEARCHED = 20_000


@dataclass(frozen=True)
class PlayedPerson:
    """A person with the outcome that the ИИН forces: ``outcome`` is the code of its words, or ``texts`` are the
    words by language.
    """

    iin: str
    name: str
    outcome: str
    region: str | None = None
    texts: Translations | None = None


@dataclass(frozen=True)
class OperatorSecret:
    """The operator's token of a system."""

    system: str
    token: str


def list_people(settings: GatewaySettings) -> Iterator[PlayedPerson]:
    """A person for each outcome: a plain grant and refusal, every row of the table of magic people, odd cases."""
    endings = read_endings()
    people = list(make_population(settings.population_seed, min(settings.population_size, PEOPLE_SEARCHED)))
    living = [person for person in people if person.is_alive]
    plain = [person for person in living if person.iin[-2:] not in endings]
    yield from _first_of([one for one in plain if one.iin[-1] in "02468"], "granted")
    yield from _first_of([one for one in plain if one.iin[-1] in "13579"], "refused")
    for row in list_magic_people():
        if row.subject is not None:
            name = f"{row.subject.surname} {row.subject.name}"
            yield PlayedPerson(row.digits, name, row.subject.fault.value, None, row.texts)
        else:
            fitting = [one for one in living if one.iin.endswith(row.digits)]
            yield from _first_of(fitting, f"ending-{row.digits}", row.texts)
    yield from _first_of([one for one in people if not one.is_alive], "deceased")
    yield from _first_of(list(odd_people()), "odd-birth")


def _first_of(
    people: Sequence[SyntheticPerson], outcome: str, texts: Translations | None = None
) -> Iterator[PlayedPerson]:
    if people:
        first = people[0]
        yield PlayedPerson(first.iin, f"{first.surname} {first.name}", outcome, first.region, texts)


def may_see_secrets(request: Request, settings: GatewaySettings) -> bool:
    """Whether this browser may see tokens and passwords: in the sandbox, on this machine, at this machine's own
    name, and not on behalf of a proxy or of another site's page (DNS rebinding, CORS).
    """
    is_direct = not any(header in request.headers for header in FORWARDED)
    is_own_page = request.headers.get("sec-fetch-site", "none") in {"none", "same-origin", "same-site"}
    is_here = _is_loopback(read_address(request.scope)) and _is_loopback(request.url.hostname or "")
    return settings.profile is Profile.SANDBOX and is_direct and is_own_page and is_here


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def list_tokens(settings: GatewaySettings, names: Sequence[str]) -> list[OperatorSecret]:
    """The operators' tokens of the systems whose folders lie beside this one's."""
    own = settings.operator_token
    tokens = {name: own or _read_line(settings.data_dir / name / "operator.token") for name in names}
    return [OperatorSecret(name, token) for name, token in tokens.items() if token]


def find_first_password(settings: GatewaySettings, system: str) -> str:
    """The first password of all employees of a workplace; empty where it is not known here."""
    return settings.employee_password or _read_line(settings.data_dir / system / "employee.password")


def _read_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0].strip()
    except OSError:
        return ""
