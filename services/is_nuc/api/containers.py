"""Containers: a new key with its certificate at once, for people of the synthetic population."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from cryptography import x509
from fastapi import APIRouter, Response, status
from pydantic import Field

from services.is_nuc.api.counter import AtCounter
from services.is_nuc.authority.certificate_issuing import CertificateOrder, certify_order
from services.is_nuc.authority.containers import ContainerFormat, PopulationIndex, pack_container
from services.is_nuc.domain import CertificateHolder
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.media import declare_bytes
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import CallLimits, FewCalls
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.identifiers import BIN_ERRORS, IIN_ERRORS, check_bin, check_iin
from shared.pki.certificates import keys, profile
from shared.pki.certificates.profile import CertificateUsage, OrganisationRole
from shared.sandbox.fault_board import FaultBoard

router = APIRouter()
MEDIA_TYPES = {ContainerFormat.PKCS12: "application/x-pkcs12", ContainerFormat.PEM: "application/x-pem-file"}
ENDINGS = {ContainerFormat.PKCS12: "p12", ContainerFormat.PEM: "pem"}


class KeyAlgorithm(StrEnum):
    """The algorithm of the new key: RSA-2048, as НУЦ makes keys, or P-256."""

    RSA = "rsa"
    EC = "ec"


class PersonContainerRequest(RequestModel):
    """The person, the password and the usage; the two certificates of НУЦ's pair take two requests."""

    iin: Annotated[str, Field(min_length=12, max_length=12)]
    password: Annotated[str, Field(min_length=1, max_length=200, repr=False)]
    usage: CertificateUsage = CertificateUsage.SIGN
    key: KeyAlgorithm = KeyAlgorithm.RSA
    form: ContainerFormat = ContainerFormat.PKCS12


class EmployeeContainerRequest(PersonContainerRequest):
    """A container for a person who acts for an organisation."""

    role: OrganisationRole = OrganisationRole.EMPLOYEE
    organisation: Annotated[str, Field(min_length=1, max_length=profile.LONGEST_ORGANISATION)]
    bin: Annotated[str, Field(min_length=12, max_length=12)]


@router.post(
    "/api/v1/containers/people",
    tags=["issue"],
    status_code=status.HTTP_201_CREATED,
    dependencies=[FewCalls, AtCounter],
    response_class=Response,
    responses={
        **declare_bytes(*MEDIA_TYPES.values(), status=201),
        **declare_errors(
            IIN_ERRORS,
            not_found="person-unknown",
            refused="person-deceased",
            malformed="subject-characters subject-length",
        ),
    },
)
async def issue_person_container(request: PersonContainerRequest, runtime: ServiceRuntime) -> Response:
    """Make a key, certify it for a person of the synthetic population (or a magic subject), and return both with
    the chain.

    ``counter-closed``, ``person-unknown``, ``person-deceased``; the codes of the ИИН check.
    """
    runtime.resource(CallLimits).count_identity("containers", request.iin)
    person = await _find_person(runtime, request.iin)
    subject = profile.person_subject(person.iin, person.surname, person.name, person.patronymic)
    return await _issue_container(runtime, request, subject, None)


@router.post(
    "/api/v1/containers/employees",
    tags=["issue"],
    status_code=status.HTTP_201_CREATED,
    dependencies=[OperatorOnly],
    response_class=Response,
    responses={
        **declare_bytes(*MEDIA_TYPES.values(), status=201),
        **declare_errors(
            IIN_ERRORS,
            BIN_ERRORS,
            not_found="person-unknown",
            refused="person-deceased",
            malformed="subject-characters subject-length",
        ),
    },
)
@audits_fields("bin", "role", "usage")
async def issue_employee_container(request: EmployeeContainerRequest, runtime: ServiceRuntime) -> Response:
    """Make a key and a certificate of an employee in one of НУЦ's roles; for the operator.

    ``person-unknown``, ``person-deceased``; the codes of the ИИН and БИН checks.
    """
    person = await _find_person(runtime, request.iin)
    names = (person.iin, person.surname, person.name, person.patronymic)
    subject = profile.employee_subject(*names, organisation=request.organisation, bin_=check_bin(request.bin))
    return await _issue_container(runtime, request, subject, request.role)


async def _find_person(runtime: Runtime, iin: str) -> CertificateHolder:
    """The person with this ИИН, from the magic subjects or the population."""
    magic = runtime.resource(FaultBoard).magic_subject(check_iin(iin))
    if magic is not None:
        return CertificateHolder(magic.iin, magic.surname, magic.name, "")
    person = await runtime.compute(lambda: runtime.resource(PopulationIndex).find_person(iin))
    return CertificateHolder(person.iin, person.surname, person.name, person.patronymic)


async def _issue_container(
    runtime: Runtime, request: PersonContainerRequest, subject: x509.Name, role: OrganisationRole | None
) -> Response:
    key = await runtime.compute(lambda: _new_key(request.key))
    order = CertificateOrder(key.public_key(), subject, profile.kind_of(role, request.usage), request.iin)
    issued = await certify_order(runtime, order)
    body = await runtime.compute(lambda: pack_container(request.form, key, issued, request.password))
    name = f"{request.usage.value}.{ENDINGS[request.form]}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Thumbprint": keys.certificate_thumbprint(issued.certificate),
    }
    return Response(body, status.HTTP_201_CREATED, headers, MEDIA_TYPES[request.form])


def _new_key(algorithm: KeyAlgorithm) -> keys.PrivateKey:
    return keys.new_rsa_key() if algorithm is KeyAlgorithm.RSA else keys.new_ec_key()
