"""``/sandbox/phone``: the phone of an invented citizen, which scans a QR code and signs; 404 in production."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Query, Response

from services.portal_pep.pages.entrance.proofs import refuse_form
from services.portal_pep.pages.entrance.synthetic import list_invented_citizens
from services.portal_pep.pages.site import SITE
from services.portal_pep.settings import PortalSettings
from services.portal_pep.signing.kept_keys import require_synthetic_citizens
from shared.bus.errors import BusError, Malformed
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.call_limits import FewCalls, ManyCalls
from shared.bus.runtime.service_runtime import Runtime
from shared.client.certification import CertificationClient
from shared.client.key_owners import find_owner
from shared.phone.links import LONGEST_TEXT, PhoneApp
from shared.phone.mishaps import PhoneMishap
from shared.phone.network import DEFAULT_PORTS, PhoneNetwork
from shared.phone.owners import certify_owner
from shared.phone.pictures import read_qr
from shared.phone.session import PhoneSession, PhoneSettings
from shared.phone.signing import PhoneOwner
from shared.phone.steps import PhoneReport, StepResult
from shared.phone.texts import TEXTS, explain_failure, list_findings, list_remarks, title_of_step
from shared.pki.certificates.keys import new_ec_key
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import OpenPage, Page

router = PageRouter(SITE)
MOST_BYTES = 1024 * 1024
"""The size of a request with a picture."""
SLOW_SECONDS = 2.0
EMPTY_FORM = PageForm()
LinkQuery = Annotated[str, Query(max_length=LONGEST_TEXT)]
OwnerQuery = Annotated[str, Query(max_length=12)]


@router.get("/sandbox/phone", dependencies=[ManyCalls])
async def show_phone(
    page: OpenPage, runtime: ServiceRuntime, link: LinkQuery = "", iin: OwnerQuery = ""
) -> Response:
    """The phone, with the link that the page of a signature hands over."""
    require_synthetic_citizens(runtime)
    return page.show("phone.html", **_describe_form(page, runtime, iin, link))


@router.post("/sandbox/phone", dependencies=[FewCalls])
@accepts_body(MOST_BYTES)
async def scan(page: OpenPage, form: SentForm, runtime: ServiceRuntime) -> Response:
    """Scan a text, a link or a picture as this citizen, and show the nine steps.

    NotFound ``person-unknown``, ``not-found`` in production; the codes of a picture; Unavailable
    ``nuc-unavailable``.
    """
    require_synthetic_citizens(runtime)
    iin, link = form.text("iin")[:12], form.text("link")[:LONGEST_TEXT]
    try:
        report = await _play(runtime, iin, _read_text(form), form)
    except BusError as error:
        known = TEXTS.get(error.code)
        field = "iin" if error.code == "person-unknown" else "picture" if "picture" in error.code else "link"
        sentence = known[page.tag] if known else page.say("phone-person-unknown")
        values = _describe_form(page, runtime, iin, link, form)
        return refuse_form(page, error, "phone.html", {field: sentence}, **values)
    values = _describe_form(page, runtime, iin, link, form) | _describe_report(page, report)
    return page.show("phone.html", **values)


def _read_text(form: PageForm) -> str:
    picture = form.file("picture")
    return read_qr(picture.content) if picture is not None and picture.content else form.text("link")


async def _play(runtime: Runtime, iin: str, text: str, form: PageForm) -> PhoneReport:
    settings = runtime.resource(PortalSettings)
    try:
        wish = PhoneSettings(PhoneApp(form.text("app")), PhoneMishap(form.text("mishap")), SLOW_SECONDS)
    except ValueError:
        raise Malformed("request-malformed", "no such app or mishap") from None
    async with CertificationClient(settings.nuc_url) as counter:
        owner = await _certify(settings, counter, iin)
        stranger = None
        if wish.mishap is PhoneMishap.WRONG_PERSON:
            stranger = await _certify(settings, counter, _find_other(runtime, iin))
    network = PhoneNetwork(inner_places=_list_open_places(settings))
    return await PhoneSession(owner, network, lambda: runtime.now, wish, stranger).run(text)


async def _certify(settings: PortalSettings, counter: CertificationClient, iin: str) -> PhoneOwner:
    person = find_owner(iin, settings.population_seed, settings.population_size)
    return await certify_owner(counter, person, new_ec_key)


def _find_other(runtime: Runtime, iin: str) -> str:
    return next(person.iin for person in list_invented_citizens(runtime) if person.iin != iin)


def _list_open_places(settings: PortalSettings) -> frozenset[str]:
    """The portal itself, and what the operator has opened."""
    own = urlsplit(settings.own_url)
    port = own.port or DEFAULT_PORTS[own.scheme]
    host = f"[{own.hostname}]" if ":" in (own.hostname or "") else own.hostname
    return frozenset({f"{host}:{port}", *filter(None, settings.phone_hosts.lower().split(","))})


def _describe_form(
    page: Page, runtime: Runtime, iin: str, link: str, form: PageForm = EMPTY_FORM
) -> dict[str, Any]:
    people = list_invented_citizens(runtime)
    return {
        "iin": iin or people[0].iin,
        "scanned_link": link,
        "named_apps": [(app.value, page.say(f"phone-app-{app.value}")) for app in PhoneApp],
        "named_mishaps": [(mishap.value, page.say(f"phone-mishap-{mishap.value}")) for mishap in PhoneMishap],
        "chosen_app": form.text("app") or PhoneApp.MOBILE.value,
        "chosen_mishap": form.text("mishap") or PhoneMishap.NONE.value,
        "steps": None,
    }


def _describe_report(page: Page, report: PhoneReport) -> dict[str, Any]:
    return {
        "steps": [_describe_step(result, page.tag) for result in report.steps],
        "again": [_describe_step(result, page.tag) for result in report.repeated.steps] if report.repeated else [],
        "findings": list_findings(report, page.tag),
        "is_signed": report.is_signed,
        "is_as_expected": report.is_as_expected,
        "second_put": report.second_put.status if report.second_put else None,
        "back_url": report.back_url or "",
    }


def _describe_step(result: StepResult, tag: str) -> dict[str, Any]:
    exchange = result.exchange
    told = {key: value for key, value in result.facts.items() if value not in (None, "")} if result.code else {}
    return {
        "step": result.step.value,
        "title": title_of_step(result, tag),
        "outcome": result.outcome.value,
        "code": result.code,
        "why": explain_failure(result, tag) if result.code else "",
        "facts": [(key, str(value), "") for key, value in told.items() if key not in ("reason", "why")],
        "remarks": list_remarks(result, tag),
        "exchange": f"{exchange.method} {exchange.url} → {exchange.status}" if exchange else "",
    }
