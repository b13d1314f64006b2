"""The counter's window where one gets key and certificate at once: for people of the synthetic population."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from cryptography import x509
from fastapi import APIRouter, Response, status
from pydantic import BaseModel, ConfigDict, Field

from services.is_nuc.authority.containers import Form, Residents, contain
from services.is_nuc.authority.issuing import Order, certify
from services.is_nuc.domain import Human
from services.is_nuc.settings import NucSettings
from shared.bus.errors import Refused
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.identifiers import check_bin, check_iin
from shared.pki.certificates import keys, profile
from shared.pki.certificates.profile import Role, Usage
from shared.pki.faults import Board

router = APIRouter()

MEDIA_TYPES = {Form.PKCS12: "application/x-pkcs12", Form.PEM: "application/x-pem-file"}
ENDINGS = {Form.PKCS12: "p12", Form.PEM: "pem"}


class Algorithm(StrEnum):
    """The key that is made: RSA-2048 as НУЦ makes it, or P-256."""

    RSA = "rsa"
    EC = "ec"


class PersonContainer(BaseModel):
    """For whom and under which password. ``usage``: of the pair that НУЦ gives everybody, ask for both in turn."""

    model_config = ConfigDict(extra="forbid")

    iin: Annotated[str, Field(min_length=12, max_length=12)]
    password: Annotated[str, Field(min_length=1, max_length=200, repr=False)]
    usage: Usage = Usage.SIGN
    key: Algorithm = Algorithm.RSA
    form: Form = Form.PKCS12


class EmployeeContainer(PersonContainer):
    """The same for somebody who acts for an organisation."""

    role: Role = Role.EMPLOYEE
    organisation: Annotated[str, Field(min_length=1, max_length=64)]
    bin: Annotated[str, Field(min_length=12, max_length=12)]


@router.post(
    "/api/v1/containers/people",
    tags=["issue"],
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    responses={201: {"content": {"application/x-pkcs12": {}, "application/x-pem-file": {}}}},
)
async def contain_person(request: PersonContainer, bus: Bus) -> Response:
    """Make a key, certify it for a person of the synthetic population (or a magic subject) and hand over both with
    the chain. ``counter-closed``, ``person-unknown``, ``person-deceased``."""
    if not bus.use(NucSettings).issues_to_people:
        raise Refused("counter-closed", "certificates of people are not issued here")
    human = await _find(bus, request.iin)
    subject = profile.person(human.iin, human.surname, human.name, human.patronymic)
    return await _hand_over(bus, request, subject, None)


@router.post(
    "/api/v1/containers/employees",
    tags=["issue"],
    status_code=status.HTTP_201_CREATED,
    dependencies=[OperatorOnly],
    response_class=Response,
    responses={201: {"content": {"application/x-pkcs12": {}, "application/x-pem-file": {}}}},
)
async def contain_employee(request: EmployeeContainer, bus: Bus) -> Response:
    """The same for an employee in one of НУЦ's roles, on the word of the operator; ``person-unknown``."""
    human = await _find(bus, request.iin)
    names = (human.iin, human.surname, human.name, human.patronymic)
    subject = profile.employee(*names, organisation=request.organisation, bin_=check_bin(request.bin))
    return await _hand_over(bus, request, subject, request.role)


async def _find(bus: Runtime, iin: str) -> Human:
    """The person of this number, in the population or among the magic subjects."""
    magic = bus.use(Board).magic(check_iin(iin))
    if magic is not None:
        return Human(magic.iin, magic.surname, magic.name, "")
    person = await bus.compute(lambda: bus.use(Residents).find(iin))
    return Human(person.iin, person.surname, person.name, person.patronymic)


async def _hand_over(bus: Runtime, request: PersonContainer, subject: x509.Name, role: Role | None) -> Response:
    key = await bus.compute(lambda: _new_key(request.key))
    order = Order(key.public_key(), subject, profile.kind_of(role, request.usage), request.iin)
    made = await certify(bus, order)
    body = await bus.compute(lambda: contain(request.form, key, made, request.password))
    name = f"{request.usage.value}.{ENDINGS[request.form]}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Thumbprint": keys.thumbprint(made.certificate),
    }
    return Response(body, status.HTTP_201_CREATED, headers, MEDIA_TYPES[request.form])


def _new_key(algorithm: Algorithm) -> keys.PrivateKey:
    return keys.new_rsa_key() if algorithm is Algorithm.RSA else keys.new_ec_key()
