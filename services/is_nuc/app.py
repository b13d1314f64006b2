"""The wiring of НУЦ."""

from __future__ import annotations

from services.is_nuc import storage
from services.is_nuc.api import routers
from services.is_nuc.authority.crls import check_list_sizes
from services.is_nuc.authority.own_credentials import (
    check_register,
    open_own_identity,
    read_own_terms,
    renew_own_certificates,
)
from services.is_nuc.clock import follow_clock_segments
from services.is_nuc.ncanode import dialect
from services.is_nuc.settings import NucSettings
from services.is_nuc.startup import build_resources, open_counter
from services.is_nuc.texts import TEXTS
from shared.bus.service import ServiceDefinition
from shared.contracts.field_glossary import read_glossary

service = ServiceDefinition(
    name="is_nuc",
    settings=NucSettings,
    tables=storage.Base.metadata,
    api=routers.router,
    extra_routers=routers.OTHER_ROUTERS,
    resources=build_resources,
    texts=TEXTS,
    read_glossary=read_glossary,
    render_error=dialect.render_error,
    on_start=open_counter,
    readiness_checks=(check_register, check_list_sizes),
    read_terms=read_own_terms,
    background_jobs=(follow_clock_segments, renew_own_certificates),
    open_timeline=storage.open_timeline,
    open_identity=open_own_identity,
)
