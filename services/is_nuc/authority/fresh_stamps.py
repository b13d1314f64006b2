"""Answers queries for time-stamps as НУЦ's time-stamping authority, with faults on demand."""

from __future__ import annotations

import secrets

from services.is_nuc.authority import stamper
from services.is_nuc.authority.own_credentials import OwnCredentials
from shared.bus.errors import Malformed, Unavailable
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.faults import PkiFault

SERIAL_BITS = 128
"""The bits of a random serial number: unique over restarts, replicas and restored backups."""


def answer_timestamp_query(runtime: Runtime, body: bytes | None, fault: PkiFault | None) -> bytes:
    """The TimeStampResp to a TimeStampReq, affected by ``fault``; ``body`` None stands for a request that is too
    long.

    Malformed and Refused tsp-… (see `stamper.read_query`), Unavailable tsp-time-not-available.
    """
    if fault is PkiFault.TSA_REFUSING:
        raise Unavailable("tsp-time-not-available", "a fault on demand: the clock is not available")
    if body is None:
        raise Malformed("tsp-bad-data-format", "too long")
    query = stamper.read_query(body)
    if fault is PkiFault.TSA_WRONG_IMPRINT:
        query = stamper.with_wrong_imprint(query)
    return stamper.make_response(
        query, runtime.resource(OwnCredentials).tsa_signer, runtime.now, secrets.randbits(SERIAL_BITS) | 1
    )
