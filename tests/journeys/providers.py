"""A system of the test in the place of a provider: it signs decisions, and orders their payment from ГЦВП."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.bus.messages.message import make_properties
from shared.contracts import addresses
from shared.contracts.cases import CASE, CHANNEL, REGULATION, DecisionOutcome
from shared.contracts.documents import OutputDocument
from shared.contracts.organisations import known_organisations
from shared.contracts.payments import AMOUNTS, PAYS, PaymentOrder, account_of
from shared.workplace.people.keys import SigningKeys
from shared.workplace.records.storage import EmployeeRow
from tests.journeys.kit import LIVING, RunningCountry
from tests.journeys.rogue import Rogue


def in_case(case: str, regulation: str, channel: str) -> dict[str, Any]:
    """The properties of a query that name the case for which a system asks."""
    properties = make_properties({CASE: case, REGULATION: regulation, CHANNEL: channel})
    return {"route_id": regulation.partition(".")[0], "properties": properties}


def case_called(name: str) -> str:
    """The id of an invented case: the same for the same name."""
    return str(uuid5(NAMESPACE_URL, name))


def way_of(system: str, regulation: str) -> str:
    """The neighbour that carries a system's messages of this regulation's region."""
    is_regional = system in addresses.REGIONAL
    return addresses.regional_gateway(regulation.partition(".")[0]) if is_regional else addresses.GATEWAY


@dataclass(repr=False)
class RogueProvider:
    """A rogue in a provider's place, with the keys of the provider's employees."""

    rogue: Rogue
    keys: SigningKeys
    decisions: dict[tuple[Any, ...], bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, country: RunningCountry, rogue: Rogue) -> RogueProvider:
        folder = country.folder / f"{rogue.identity.address}-rogue"
        return cls(rogue, SigningKeys(folder, country.url("is_nuc"), rogue.identity, "ec"))

    async def decide(self, case: str, iin: str, regulation: str, office: str, /, **changes: Any) -> bytes:
        """The decision of a case, signed by an employee of the office; the same bytes for the same decision."""
        key = (case, iin, regulation, office, *sorted(changes.items()))
        if key not in self.decisions:
            named = {"application_id": case, "applicant": iin, "regulation": regulation, **changes}
            document = OutputDocument(
                number="1",
                service="Услуга",
                authority="Отдел",
                text="Решено",
                issued_at=_now(),
                **{"outcome": DecisionOutcome.POSITIVE, **named},
            )
            self.decisions[key] = await self.sign(office, document.model_dump_json().encode())
        return self.decisions[key]

    async def sign(self, office: str, content: bytes) -> bytes:
        """A document signed by the one employee of an office."""
        organisation = known_organisations().get_by_office(office)
        person = LIVING[[one.office for one in known_organisations()].index(office)]
        employee = EmployeeRow(
            iin=person.iin,
            authority=office,
            role="head",
            organisation=organisation.name,
            bin=organisation.bin,
            surname=person.surname,
            name=person.name,
            patronymic=person.patronymic,
            password_hash="",
            is_first_password=False,
        )
        signer = await asyncio.to_thread(self.keys.find_signer, employee, _now())
        return signer.seal_document(content, _now())

    async def order(self, order_id: str, iin: str, regulation: str, office: str, **changes: Any) -> PaymentOrder:
        """An order for the whole amount of a granted case, whose id follows from the order's and the person's."""
        case = changes.pop("case", case_called(f"{order_id} {iin}"))
        decision = changes.pop("decision", None) or await self.decide(case, iin, regulation, office)
        service = next(name for name, regulations in PAYS.items() if regulation in regulations)
        given: dict[str, Any] = {
            "orderId": order_id,
            "case": case,
            "decision": base64.b64encode(decision),
            "iin": iin,
            "serviceType": service,
            "regulation": regulation,
            "amountTenge": str(AMOUNTS[service]),
            "purpose": "адресная помощь за март",
            "period": {"first": "2026-03-01", "last": "2026-03-31"},
            "account": account_of(iin),
        }
        return PaymentOrder.model_validate(given | changes)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the country runs on the machine's clock
