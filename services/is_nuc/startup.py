"""The start of НУЦ, before the first request: authority, signers, caches, invitations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from services.is_nuc import storage
from services.is_nuc.authority.ca import RootCrl, open_authority
from services.is_nuc.authority.certificate_issuing import ForeignAuthority
from services.is_nuc.authority.containers import PopulationIndex
from services.is_nuc.authority.crls import CrlKeeper
from services.is_nuc.authority.invitations import issue_invitation
from services.is_nuc.authority.ocsp_responses import OcspResponseCache
from services.is_nuc.authority.own_credentials import OwnCredentials
from services.is_nuc.authority.revocation_watch import RevocationWatch
from services.is_nuc.clock import ClockKeeper, ClockPace
from services.is_nuc.settings import NucSettings, read_authorities
from services.is_nuc.sigex.procedures import SigningProcedures
from services.is_nuc.worker_processes import WorkerProcesses
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.service import WiringContext
from shared.contracts.organisations import known_organisations, read_organisations
from shared.pki.certificates.keys import write_private
from shared.sandbox.fault_board import FaultBoard
from shared.sandbox.rule_book import find_book


def build_resources(context: WiringContext) -> Iterable[object]:
    """The resources of НУЦ, which handlers and endpoints find by class."""
    settings, home, now = context.settings, context.home, context.clock.now()
    prepared = read_authorities(settings.authority_file) if settings.authority_file else None
    authority, watch = open_authority(home, now, settings.nuc_url, prepared), RevocationWatch()
    credentials, pace = OwnCredentials(home, authority, now), ClockPace(context.clock)
    file = settings.organisations_file
    ocsp_seconds = timedelta(seconds=settings.ocsp_seconds)
    return (
        settings,
        read_organisations(file) if file else known_organisations(),
        authority,
        RootCrl(home, now),
        watch,
        credentials,
        OcspResponseCache(authority, credentials, watch, ocsp_seconds, pace),
        CrlKeeper(watch, timedelta(minutes=settings.crl_minutes), pace),
        PopulationIndex(settings.population_seed, settings.population_size),
        FaultBoard(find_book(context), is_on=settings.pki_faults),
        ForeignAuthority(),
        ClockKeeper(context.clock),
        WorkerProcesses(),
        SigningProcedures(),
        pace,
    )


async def open_counter(runtime: Runtime) -> None:
    """Register НУЦ's own services, and write an invitation for every expected system without one."""
    await runtime.resource(OwnCredentials).register_certificates(runtime)
    settings = runtime.resource(NucSettings)
    for address in filter(None, settings.systems.split(",")):
        if not await runtime.read(
            lambda session, expected_address=address: storage.is_invited(session, expected_address)  # type: ignore[misc]
        ):
            file = settings.token_file(address)
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(file, (await issue_invitation(runtime, address)).encode())
