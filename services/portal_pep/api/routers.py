"""The routers of the portal: people, catalogue, cabinet, the check of printed documents."""

from __future__ import annotations

from services.portal_pep.api import accounts, cabinet, catalogue, checking, evidence, passwords
from services.portal_pep.api.phone import endpoints as phone_signing
from services.portal_pep.pages import check, quality
from services.portal_pep.pages.cabinet import account_routes, answer_routes, case_routes, list_routes
from services.portal_pep.pages.catalogue import routes as catalogue_routes
from services.portal_pep.pages.entrance import login, phone_page, phone_routes, sandbox_routes, signing_routes
from services.portal_pep.pages.filing import check_routes, form_routes

router = accounts.router
_APIS = (passwords, catalogue, cabinet, evidence, checking, phone_signing)
_PAGES = (
    *(
        catalogue_routes,
        login,
        phone_page,
        phone_routes,
        sandbox_routes,
        signing_routes,
        check_routes,
        form_routes,
    ),
    *(account_routes, answer_routes, case_routes, list_routes, check, quality),
)
OTHER_ROUTERS = tuple(part.router for part in (*_APIS, *_PAGES))
