"""НУЦ over HTTP: enrolment, and everything beside it."""

from __future__ import annotations

from services.is_nuc.api import clock, containers, enrolment, local_tls, revocation, sandbox, stamping, vouching
from services.is_nuc.ncanode import api as ncanode_api
from services.is_nuc.sigex import client_api as sigex_api
from services.is_nuc.sigex import phone_api as sigex_phone_api

router = enrolment.router
OTHER_ROUTERS = tuple(
    part.router
    for part in (
        *(clock, containers, revocation, vouching, stamping, sandbox, local_tls),
        *(ncanode_api, sigex_api, sigex_phone_api),
    )
)
