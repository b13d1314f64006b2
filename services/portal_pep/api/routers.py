"""The routers of the portal: people, catalogue, cabinet, the check of printed documents."""

from __future__ import annotations

from services.portal_pep.api import accounts, cabinet, catalogue, checking, evidence, passwords
from services.portal_pep.pages import check, quality

router = accounts.router
OTHER_ROUTERS = tuple(part.router for part in (passwords, catalogue, cabinet, evidence, checking, check, quality))
