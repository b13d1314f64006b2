"""Every text for people exists in Russian, Kazakh and English."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

import pytest

from services.gbd_elicense.texts import TEXTS as ELICENSE
from services.gcvp.texts import TEXTS as GCVP
from services.is_cgo.texts import TEXTS as CGO
from services.is_con.texts import TEXTS as CON
from services.is_esobes.texts import TEXTS as ESOBES
from services.is_nuc.texts import TEXTS as NUC
from services.is_rynok_truda.texts import TEXTS as RYNOK
from services.portal_pep.domain import NOTIFICATIONS
from services.portal_pep.pages.check import PAGES as CHECK
from services.portal_pep.texts import TEXTS as PORTAL
from services.shep_gateway.pages.diagram import PAGES as DIAGRAM
from services.shep_gateway.texts import TEXTS as GATEWAY
from services.tools.signing import texts as signing
from shared.bus import errors
from shared.contracts.texts import COMMON
from shared.pki.verification.texts import TEXTS as EDS
from shared.pki.verification.verdict import CONDITIONS, ConditionMark, SignatureCondition
from shared.regulations.flk import TEXTS as FLK
from shared.workplace.http.monitor_page import PAGES as MONITOR
from shared.workplace.texts import TEXTS as MIO
from tests.architecture.source import Module, modules

LANGUAGES = {"ru", "kk", "en"}
KINDS = {name for name, found in vars(errors).items() if isinstance(found, type)}

BEHIND_THE_PORTAL = (
    "services/portal_pep/api/accounts.py",
    "services/portal_pep/api/cabinet.py",
    "services/portal_pep/api/catalogue.py",
    "services/portal_pep/case_session.py",
    "services/portal_pep/operations.py",
    "services/portal_pep/api/checking.py",
    "services/portal_pep/domain.py",
    "services/portal_pep/api/evidence.py",
    "services/portal_pep/printing/issuer.py",
    "services/portal_pep/storage.py",
    "services/portal_pep/submission.py",
    "services/portal_pep/pages/check.py",
    "shared/web/form_files.py",
    "shared/contracts/identifiers.py",
    "shared/people/logins.py",
    "shared/people/passwords.py",
    "shared/pki/verification/check.py",
    "shared/pki/cms/algorithms.py",
    "shared/pki/cms/signed_data.py",
    "shared/pki/cms/cades.py",
    "shared/pki/certificates/chain.py",
    "shared/pki/certificates/crl.py",
    "shared/pki/gost/chain.py",
    "shared/pki/gost/keys.py",
    "shared/pki/gost/suites.py",
    "shared/pki/verification/inquiry.py",
    "shared/pki/certificates/ocsp.py",
    "shared/pki/cms/pades.py",
    "shared/pki/cms/tsp.py",
    "shared/regulations/book.py",
    "shared/regulations/process/process_state.py",
    "shared/regulations/entitlement.py",
    "shared/regulations/flk.py",
)
BEHIND_THE_WORKPLACE = (
    "services/is_con/api.py",
    "shared/contracts/identifiers.py",
    "shared/regulations/book.py",
    "shared/regulations/process/process_state.py",
    "shared/regulations/deadlines.py",
    "shared/regulations/entitlement.py",
    "shared/regulations/flk.py",
    "shared/workplace/http/cases.py",
    "shared/workplace/records/decisions.py",
    "shared/workplace/steps/case_session.py",
    "shared/workplace/steps/extending.py",
    "shared/workplace/records/documents.py",
    "shared/workplace/steps/handing.py",
    "shared/workplace/handlers.py",
    "shared/workplace/steps/intake.py",
    "shared/workplace/steps/registration.py",
    "shared/workplace/steps/signed_documents.py",
    "shared/workplace/people/keys.py",
    "shared/workplace/http/papers.py",
    "shared/workplace/http/providers.py",
    "shared/workplace/steps/receipts.py",
    "shared/workplace/people/staff.py",
    "shared/workplace/records/storage.py",
    "shared/people/logins.py",
    "shared/pki/verification/check.py",
    "shared/pki/cms/algorithms.py",
    "shared/pki/cms/signed_data.py",
    "shared/pki/cms/cades.py",
    "shared/pki/certificates/chain.py",
    "shared/pki/certificates/crl.py",
    "shared/pki/gost/chain.py",
    "shared/pki/gost/keys.py",
    "shared/pki/gost/suites.py",
    "shared/pki/verification/inquiry.py",
    "shared/pki/certificates/ocsp.py",
    "shared/pki/cms/tsp.py",
)
BEHIND_THE_STATE_BODIES = (
    "services/is_cgo/api.py",
    "services/is_cgo/domain.py",
    "shared/contracts/identifiers.py",
)
BEHIND_THE_PAYMENTS = (
    "services/gcvp/api.py",
    "services/gcvp/domain.py",
    "services/gcvp/handlers.py",
    "shared/contracts/identifiers.py",
    "shared/contracts/payments.py",
)
BEHIND_THE_CENTRES = (
    "services/is_con/domain.py",
    "services/is_con/queue.py",
    "services/is_con/queue_api.py",
)
BEHIND_THE_COUNTER = (
    "services/is_nuc/api/enrolment.py",
    "services/is_nuc/authority/containers.py",
    "services/is_nuc/api/containers.py",
    "services/is_nuc/api/sandbox.py",
    "services/is_nuc/api/request_signatures.py",
    "services/is_nuc/api/revocation.py",
    "services/is_nuc/api/stamping.py",
    "services/is_nuc/storage.py",
    "shared/pki/faults.py",
    "services/is_nuc/authority/ocsp_responder.py",
    "services/is_nuc/authority/stamper.py",
)
NOT_FOR_PEOPLE = {"ocsp-malformed", "ocsp-unauthorized"}  # OCSP has no field for texts
NOBODY_SEES = {
    "key-malformed": "a system's own key, read at its start",
    "stamp-unavailable": "the document is served without its time-stamp",
    **dict.fromkeys(
        ("crl-malformed", "crl-signature-invalid", "crl-delta-mismatch", "crl-missing"),
        "НУЦ's list itself is broken or forged: nothing that a citizen could mend; eds-revocation-unknown tells",
    ),
    **dict.fromkeys(
        (
            *("ocsp-malformed", "ocsp-stale", "ocsp-unknown", "ocsp-silent", "ocsp-other-issuer"),
            *("ocsp-responder", "ocsp-signature-invalid", "ocsp-other-certificate", "ocsp-nonce"),
        ),
        "why OCSP could not tell: then the list is asked, and eds-revocation-unknown tells when it cannot either",
    ),
    **dict.fromkeys(("tsa-malformed", "tsa-refused"), "a time-stamp is gathered when nobody waits for it"),
    "directory-unavailable": "told as eds-revocation-unknown, or of a system and not of a person",
    "bin-check-digit": "no БИН is asked of a citizen",
    "channel-not-found": "portal and workplace name the channel themselves",
    **dict.fromkeys(("walk-broken", "register-not-asked"), "a fault of a passport, which the tests of all find"),
    "step-unknown": "only messages tell steps",
    "step-not-found": "the passport names the steps",
}


def raised(module: Module) -> Iterator[str]:
    """The codes of the errors that a module raises: the first argument, where it is a literal."""
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
            elif isinstance(first, ast.JoinedStr):
                yield from _spelled_out(first)


def _spelled_out(code: ast.JoinedStr) -> Iterator[str]:
    """The codes of ``f"{prefix}-length"``: one for the ИИН, one for the БИН."""
    tail = "".join(str(part.value) for part in code.values if isinstance(part, ast.Constant))
    yield from (f"{prefix}{tail}" for prefix in ("iin", "bin"))


def codes(places: tuple[str, ...]) -> set[str]:
    known = {module.place: module for folder in ("services", "shared") for module in modules(folder)}
    found = {code for place in places for code in raised(known[place])}
    return {code for code in found if code not in NOBODY_SEES}


@pytest.mark.parametrize(
    ("places", "texts"), [(BEHIND_THE_PORTAL, PORTAL), (BEHIND_THE_WORKPLACE, MIO)], ids=["portal", "workplace"]
)
def test_texts_exist_for_every_refusal_that_a_person_can_meet(
    places: tuple[str, ...], texts: Mapping[str, Mapping[str, str]]
) -> None:
    found = codes(places)
    assert len(found) > 15, "the codes are not found any more: mend this test"
    assert sorted(found - texts.keys()) == [], "add the texts in ru, kk and en"


def test_texts_exist_for_every_refusal_of_nuc() -> None:
    found = codes(BEHIND_THE_COUNTER)
    assert len(found) > 15, "the codes are not found any more: mend this test"
    assert sorted(found - NUC.keys() - NOT_FOR_PEOPLE) == [], "add the texts in ru, kk and en"


@pytest.mark.parametrize(
    ("places", "texts"),
    [(BEHIND_THE_STATE_BODIES, CGO), (BEHIND_THE_PAYMENTS, GCVP), (BEHIND_THE_CENTRES, {**MIO, **CON})],
    ids=["state bodies", "payments", "centres"],
)
def test_texts_exist_for_every_refusal_of_a_system_behind_the_gateway(
    places: tuple[str, ...], texts: Mapping[str, Mapping[str, str]]
) -> None:
    found = codes(places)
    assert len(found) > 5, "the codes are not found any more: mend this test"
    assert sorted(code for code in found - texts.keys() if not code.startswith("bin-")) == []


@pytest.mark.parametrize(
    ("service", "texts"),
    [("gbd_elicense", ELICENSE), ("is_esobes", ESOBES), ("is_rynok_truda", RYNOK)],
    ids=["permits", "recipients", "labour market"],
)
def test_texts_exist_for_every_refusal_of_a_back_offices_register(
    service: str, texts: Mapping[str, Mapping[str, str]]
) -> None:
    places = [one for one in modules("services") if one.place.startswith(f"services/{service}/")]
    found = {code for one in places for code in raised(one)}
    assert found, "the codes are not found any more: mend this test"
    assert sorted(found - texts.keys()) == [], "add the texts in ru, kk and en"
    assert all(set(told) == LANGUAGES for told in texts.values())


def test_texts_exist_for_the_kernels_own_refusals() -> None:
    assert {"operator-only", "request-malformed", "request-too-large", "not-found", "internal"} <= COMMON.keys()
    assert CONDITIONS.keys() <= EDS.keys()
    assert (set(signing.CONDITIONS), set(signing.MARKS)) == (set(SignatureCondition), set(ConditionMark))


COMMANDS: dict[str, Mapping[str, str]] = {"signer": signing.SIGNER, "stamped": signing.STAMPED}
COMMANDS.update((condition.value, told) for condition, told in signing.CONDITIONS.items())
COMMANDS.update((mark.value, told) for mark, told in signing.MARKS.items())


@pytest.mark.parametrize(
    "texts",
    [
        *(PORTAL, MIO, NUC, CGO, CON, GCVP, GATEWAY, FLK, EDS, COMMANDS),
        *({kind.value: told for kind, told in NOTIFICATIONS.items()}, CHECK.words, DIAGRAM.words, MONITOR.words),
    ],
    ids=[
        *(
            "portal",
            "workplace",
            "nuc",
            "state bodies",
            "centres",
            "payments",
            "gateway",
            "form",
            "signature",
            "commands",
        ),
        *("notifications", "check page", "diagram page", "monitor page"),
    ],
)
def test_texts_exist_in_three_languages(texts: Mapping[str, Mapping[str, str]]) -> None:
    for code, told in texts.items():
        assert set(told) == LANGUAGES, code
        assert all(text.strip() for text in told.values()), code
        assert len(set(told.values())) == len(LANGUAGES), f"{code} is not translated"


def test_error_code_is_kebab_case_wherever_it_is_raised() -> None:
    for module in modules("services") + modules("shared"):
        for code in raised(module):
            assert code == code.lower(), f"{module.place}: {code}"
            assert not set(code) & set(" _."), f"{module.place}: {code}"
