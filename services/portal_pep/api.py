"""The portal over HTTP: people, catalogue, cabinet, the check of printed documents."""

from __future__ import annotations

from fastapi import APIRouter

from services.portal_pep import accounts_api, cabinet_api, catalogue_api, checking_api, evidence_api, web

router = APIRouter()
for part in (accounts_api, catalogue_api, cabinet_api, evidence_api, checking_api, web):
    router.include_router(part.router)
