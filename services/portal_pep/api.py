"""The portal over HTTP: people, catalogue, cabinet, the check of printed documents."""

from __future__ import annotations

from services.portal_pep import accounts_api, cabinet_api, catalogue_api, checking_api, evidence_api, web

router = accounts_api.router
FURTHER = tuple(part.router for part in (catalogue_api, cabinet_api, evidence_api, checking_api, web))
