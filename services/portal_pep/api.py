"""The portal over HTTP: people, catalogue, cabinet."""

from __future__ import annotations

from fastapi import APIRouter

from services.portal_pep import accounts_api, cabinet_api, catalogue_api, evidence_api

router = APIRouter()
for part in (accounts_api, catalogue_api, cabinet_api, evidence_api):
    router.include_router(part.router)
