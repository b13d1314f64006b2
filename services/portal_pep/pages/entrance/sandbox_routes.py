"""``/sandbox/…``: coming in as an invented citizen by a click, and the citizen's telephone; 404 in production."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from services.portal_pep.pages.entrance.synthetic import enter_as_citizen, list_invented_citizens
from services.portal_pep.pages.site import SITE
from services.portal_pep.signing import signing_requests
from services.portal_pep.signing.kept_keys import require_synthetic_citizens
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.web.page_forms import SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sessions import local_path
from shared.web.page_sites import NEXT, OpenPage

router = PageRouter(SITE)
IinQuery = Annotated[str, Query(max_length=12)]


@router.get("/sandbox/citizens", dependencies=[ManyCalls])
async def show_invented(page: OpenPage, runtime: ServiceRuntime, iin: IinQuery = "") -> Response:
    """The invented citizens, or the one whose ИИН a link names."""
    require_synthetic_citizens(runtime)
    people = list_invented_citizens(runtime)
    wanted = local_path(page.request.query_params.get(NEXT, ""))
    return page.show("invented.html", iin=iin, people=people, next=wanted)


@router.post("/sandbox/citizens", dependencies=[FewCalls])
async def enter_invented(page: OpenPage, form: SentForm, runtime: ServiceRuntime) -> Response:
    """Come in as an invented citizen; the codes of the ИИН check, ``iin-unknown``, ``register-unavailable``."""
    page.open_session(await enter_as_citizen(runtime, form.text("iin")))
    return page.lead_back()


@router.get("/sandbox/telephone", dependencies=[ManyCalls])
async def show_telephone(page: OpenPage, runtime: ServiceRuntime, iin: IinQuery = "") -> Response:
    """The SMS to an invented citizen, the newest first."""
    require_synthetic_citizens(runtime)
    messages = await runtime.read(lambda session: signing_requests.list_sms(session, iin))
    return page.show("telephone_part.html" if page.is_part else "telephone.html", messages=messages, iin=iin)
