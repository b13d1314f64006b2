"""What the pages of registration, login, recovery and filing share: a document to sign, and a refused form."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from services.portal_pep.settings import PortalSettings
from services.portal_pep.signing import signing_requests
from services.portal_pep.signing.kept_keys import require_synthetic_citizens
from services.portal_pep.signing.signing_requests import SigningMeans, SigningOrder, SigningPurpose
from services.portal_pep.storage import ACCOUNTS
from services.portal_pep.texts import TEXTS
from shared.bus.errors import BusError, Malformed, Throttled
from shared.bus.http.requests.call_limits import CallLimits
from shared.bus.profiles import Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.documents import ProofPurpose
from shared.contracts.identifiers import check_iin
from shared.people import accounts
from shared.web.page_forms import PageForm
from shared.web.page_sites import Page


async def begin_proof(runtime: Runtime, form: PageForm, purpose: SigningPurpose, *, has_code: bool = False) -> str:
    """Give a challenge of the portal to be signed by the means of the form; returns the id of the signing.

    The codes of the ИИН check; NotFound ``not-found`` for the cloud signature in production; ``too-many-calls``.
    """
    iin, means = check_iin(form.text("iin")), read_means(form)
    if has_code and means is SigningMeans.PHONE:
        raise Malformed("request-malformed", "a signature by phone has no code by SMS")
    runtime.resource(CallLimits).count_identity("challenges", iin)
    if means is SigningMeans.CLOUD:
        require_synthetic_citizens(runtime)
    content = await accounts.give_challenge(runtime, ACCOUNTS, iin, ProofPurpose(purpose.value))
    return await keep_order(runtime, SigningOrder(iin, purpose, means, content, has_code=has_code))


async def keep_order(runtime: Runtime, order: SigningOrder) -> str:
    """Store a document that waits for its signature; for the cloud signature the code goes out at once.

    NotFound ``not-found`` for the cloud signature in production.
    """
    if order.means is SigningMeans.CLOUD:
        require_synthetic_citizens(runtime)

    def keep(uow: UnitOfWork) -> str:
        row = signing_requests.keep_request(uow.session, order, uow.machine_now)
        if order.means is SigningMeans.CLOUD:
            signing_requests.send_code(uow.session, row, uow.now)
        return row.id

    return await runtime.write(keep)


def read_means(form: PageForm) -> SigningMeans:
    """The means of signing that a form names; Malformed ``request-malformed``."""
    try:
        return SigningMeans(form.text("by"))
    except ValueError:
        raise Malformed("request-malformed", "no such means of signing") from None


def say_error(page: Page, error: BusError) -> str:
    """The text of an error in the visitor's language."""
    return TEXTS.get(error.code, {}).get(page.tag) or error.message


def refuse_form(page: Page, error: BusError, name: str, faults: dict[str, str], **values: Any) -> Response:
    """The form once more with the fault beside its field; a wait, and what is not there, are pages of errors."""
    if isinstance(error, Throttled) or error.code == "not-found":
        raise error
    return page.refuse(name, faults, **values)


def describe_means(runtime: Runtime) -> dict[str, Any]:
    """What the profile opens to a visitor who comes in."""
    settings = runtime.resource(PortalSettings)
    return {
        "has_cloud": settings.opens(Opening.SYNTHETIC_CITIZENS),
        "has_unproved": settings.opens(Opening.UNPROVED_REGISTRATION),
    }
