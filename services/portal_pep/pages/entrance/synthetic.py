"""The invented citizens of the sandbox: who they are, how one comes in as one of them, and their telephones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from services.portal_pep import form_drafts, storage
from services.portal_pep.api.identity_proofs import ask_register
from services.portal_pep.settings import PortalSettings
from services.portal_pep.signing.kept_keys import require_synthetic_citizens
from services.portal_pep.storage import LOGINS, CitizenAccountRow
from shared.bus.errors import NotFound
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.identifiers import check_iin
from shared.contracts.population import make_population
from shared.contracts.registers import PersonRecord
from shared.people import logins
from shared.regulations.forms.fields import read_notes

SHOWN = 6
"""The invented citizens that a page offers."""


@dataclass(frozen=True)
class InventedCitizen:
    """A person of the population; ``is_granted``: the last digit of the ИИН forces a grant, or a refusal."""

    iin: str
    name: str
    region: str
    is_granted: bool


def list_invented_citizens(runtime: Runtime) -> list[InventedCitizen]:
    """The first living people of the population, as many who are granted as who are refused."""
    settings = runtime.resource(PortalSettings)
    people = [
        InventedCitizen(person.iin, f"{person.surname} {person.name}", person.region, int(person.iin[-1]) % 2 == 0)
        for person in islice(make_population(settings.population_seed, settings.population_size), 200)
        if person.is_alive
    ]
    granted = [person for person in people if person.is_granted]
    refused = [person for person in people if not person.is_granted]
    return [*granted[: SHOWN // 2], *refused[: SHOWN // 2]]


async def enter_as_citizen(runtime: Runtime, iin: str) -> str:
    """The token of a new session of an invented citizen, with an account from НР ИИН's data on the first visit.

    NotFound ``not-found`` in production, ``iin-unknown``; the codes of the ИИН check; ``register-unavailable``.
    """
    require_synthetic_citizens(runtime)
    number = check_iin(iin)
    if await runtime.read(lambda session: storage.get_account(session, number)) is None:
        person = await ask_register(runtime, number)
        if person is None or not person.is_alive:
            raise NotFound("iin-unknown", "НР ИИН knows no such number")
        await runtime.write(lambda uow: _open_account(uow, person))
    return await runtime.write(lambda uow: logins.open_session(uow, LOGINS, number))


def _open_account(uow: UnitOfWork, person: PersonRecord) -> None:
    """An account without a password, and answers that fill the forms: examples, and the register's address."""
    if storage.get_account(uow.session, person.iin) is not None:
        return
    uow.session.add(
        CitizenAccountRow(
            iin=person.iin,
            surname=person.surname,
            name=person.name,
            patronymic=person.patronymic,
            password_hash="",
            is_proved=True,
            created_at=uow.now,
        )
    )
    examples = {key: note.example for key, note in read_notes().items() if note.example and key != "iin"}
    phone = f"8701{person.iin[-7:]}"
    form_drafts.learn_answers(uow.session, person.iin, {**examples, "phone": phone, "address": person.address})
