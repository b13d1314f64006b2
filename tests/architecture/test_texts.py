"""Whatever a system says to people is there in Russian, Kazakh and English."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from services.catalog import INSTANCES
from services.launcher.commands.error_report import TEXTS as TERMINAL
from services.portal_pep.domain import NOTIFICATIONS, EventKind
from services.tools.signing.texts import TEXTS as SIGNING
from shared.bus import errors
from shared.bus.service import ServiceDefinition
from shared.pki.verification.texts import TEXTS as EDS
from shared.pki.verification.verdict import CONDITIONS, ConditionMark, SignatureCondition
from shared.texts.catalog import COMMON, LANGUAGES, read_texts
from shared.workplace.records.decisions import REASONS
from tests.architecture.source import ROOT, Module, is_of, modules, reachable

KINDS = {name for name, found in vars(errors).items() if isinstance(found, type)}

READ_BY_SYSTEMS = (
    *("shared.bus.carriers", "shared.bus.clocks", "shared.bus.messages", "shared.bus.persistence"),
    "shared.bus.runtime",
    "shared.pki.client",  # a system's own enrolment: its operator reads the log
    "services.is_nuc.ncanode",  # NCANode's dialect answers every error in English, as NCANode does
)
"""Packages whose errors no person sees: the errors go to other systems or into a log."""
NOBODY_SEES = {
    "key-malformed": "a system's own key, read at its start",
    "file-unreadable": "a file that the operator names, read at the start",
    "stamp-unavailable": "the document is served without its time-stamp",
    **dict.fromkeys(("passport-invalid", "passport-not-executable"), "a fault of a passport, found at the start"),
    **dict.fromkeys(
        ("subject-characters", "subject-length", "system-address"), "a system's own request for a certificate"
    ),
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
    "xml-xpath": "only a caller of the signing server names an XPath",
    "ocsp-unauthorized": "OCSP has no place for words",
    **dict.fromkeys(("tsa-malformed", "tsa-refused"), "a time-stamp is gathered when nobody waits for it"),
    **dict.fromkeys(
        ("bin-check-digit", "bin-date", "bin-digits", "bin-kind", "bin-length"), "no БИН is asked of a citizen"
    ),
    **dict.fromkeys(("walk-broken", "register-not-asked"), "a fault of a passport, which the tests of all find"),
    "step-unknown": "only messages tell steps",
    **dict.fromkeys(
        ("account-format", "account-check-digits"), "an authority takes the account from the form's own check"
    ),
}
NOT_TYPED = {
    "employee-unknown": "of the plugin of pytest",
    "sender-unknown": "of the kit of conformance, which puts the fault into its report",
    "ncalayer": "a page reads the desktop signer's errors from the socket",
}
"""Codes that no terminal shows, whole or the first word of them."""
A_MESSAGE = "of a message: the sender reads it in a receipt"
A_VERDICT = "of a message that is only checked: a developer reads it in the verdict"
OF_THE_PASSPORT = "the gateway goes through the process and does not choose in it"
NO_PROCESS = "ГЦВП reads the departments of a passport, and no process"
NOBODY_SEES_HERE: Mapping[str, Mapping[str, str]] = {
    "portal_pep": {
        **dict.fromkeys(("envelope-mismatch", "result-without-document"), A_MESSAGE),
        "channel-not-found": "the portal names the channel itself",
        **dict.fromkeys(
            ("password-missing", "phone-sign-key-missing"), "the sandbox's phone makes its keys and reads no file"
        ),
        **dict.fromkeys(("pkcs12-malformed", "pkcs12-password", "pkcs12-unsupported"), "as above"),
    },
    "rshep_regional": {
        **dict.fromkeys(("no-local-system", "not-of-this-region", "wrong-region"), A_MESSAGE),
        **dict.fromkeys(("answer-needed", "step-not-found", "questionnaire-absent"), OF_THE_PASSPORT),
        **dict.fromkeys(("channel-not-found", "variant-not-found"), OF_THE_PASSPORT),
    },
    "shep_gateway": {
        **dict.fromkeys(("chain-unknown", "member-stopped", "no-right", "no-route"), A_MESSAGE),
        **dict.fromkeys(("sender-not-registered", "wrong-way-in"), A_MESSAGE),
        **dict.fromkeys(("contract-type-mismatch", "contract-unknown", "message-form-unknown"), A_VERDICT),
        **dict.fromkeys(("answer-needed", "step-not-found", "questionnaire-absent"), OF_THE_PASSPORT),
    },
    "gcvp": {
        "document-malformed": A_MESSAGE,
        **dict.fromkeys(("answer-needed", "step-not-found", "questionnaire-absent"), NO_PROCESS),
        **dict.fromkeys(("channel-not-found", "variant-not-found"), NO_PROCESS),
    },
    "workplaces": {"password-weak": "the first password of employees is the operator's setting"},
    "is_nuc": {
        **dict.fromkeys(EDS, "a verdict over a signature: told as NCANode tells it"),
        **dict.fromkeys(
            ("xml-dtd", "xml-malformed", "xml-too-large", "xml-xpath", "soap-malformed"),
            "told as NCANode tells it",
        ),
    },
}
SYSTEMS = {f"services.{one.service}.{one.module}": one.load_service() for one in INSTANCES}


def raised(module: Module) -> Iterator[str]:
    """The codes of the errors that a module raises: the first argument, if it is a literal."""
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
            elif isinstance(first, ast.JoinedStr):
                yield from _spelled_out(first)


def _spelled_out(code: ast.JoinedStr) -> Iterator[str]:
    """The codes behind ``f"{prefix}-length"``: one for the ИИН, one for the БИН."""
    tail = "".join(str(part.value) for part in code.values if isinstance(part, ast.Constant))
    yield from (f"{prefix}{tail}" for prefix in ("iin", "bin"))


def codes_behind(wiring: str) -> set[str]:
    """The codes that a person who uses the system with this wiring can meet."""
    told = [module for module in reachable(wiring) if not is_of(module.name, *READ_BY_SYSTEMS)]
    return {code for module in told for code in raised(module)}


def exempt(wiring: str) -> dict[str, str]:
    service = wiring.split(".")[1]
    of_workplaces = NOBODY_SEES_HERE["workplaces"] if _has_workplace(wiring) else {}
    return {**NOBODY_SEES, **of_workplaces, **NOBODY_SEES_HERE.get(service, {})}


def _has_workplace(wiring: str) -> bool:
    return any(module.name == "shared.workplace.system" for module in reachable(wiring))


@pytest.mark.parametrize("wiring", SYSTEMS)
def test_texts_exist_for_every_refusal_that_a_person_can_meet(wiring: str) -> None:
    found = codes_behind(wiring)
    assert len(found) > 5, "the codes are not found any more: mend this test"
    texts = SYSTEMS[wiring].texts
    assert sorted(found - texts.keys() - exempt(wiring).keys()) == [], "add the texts in ru, kk and en"


def test_exemption_from_texts_is_still_needed() -> None:
    needed = {code for wiring, system in SYSTEMS.items() for code in codes_behind(wiring) - system.texts.keys()}
    assert sorted(NOBODY_SEES.keys() - needed) == [], "nobody raises them without a text: remove them here"
    for service, exemptions in NOBODY_SEES_HERE.items():
        wirings = [one for one in SYSTEMS if service in (one.split(".")[1], "workplaces" * _has_workplace(one))]
        raised_here = {code for wiring in wirings for code in codes_behind(wiring)}
        assert sorted(exemptions.keys() - raised_here - EDS.keys()) == [], service


def test_module_behind_a_system_is_held_as_soon_as_it_is_imported() -> None:
    names = {module.name for module in reachable("services.portal_pep.app")}
    assert {"services.portal_pep.pages.check", "shared.web.form_files", "shared.regulations.flk"} <= names
    assert "shared.workplace.system" not in names


def test_texts_exist_for_the_kernels_own_refusals() -> None:
    assert {"operator-only", "request-malformed", "request-too-large", "not-found", "internal"} <= COMMON.keys()
    assert CONDITIONS.keys() <= EDS.keys()
    conditions = {f"condition-{condition}" for condition in SignatureCondition}
    assert conditions | {f"mark-{mark}" for mark in ConditionMark} == SIGNING.keys() - {
        *("signer", "stamped"),
        *(f"explain-{label}" for label in ("nothing", "proved", "read", "silent")),
    }
    assert NOTIFICATIONS.keys() == set(EventKind)


FILES = sorted(
    path
    for name in ("*texts.yaml", "*words.yaml")
    for top in ("services", "shared")
    for path in (ROOT / top).rglob(name)
)
STATE_LANGUAGES = {
    "services/is_rynok_truda/vacancy_texts.yaml": {"profession-accountant", "profession-electrician"},
    "services/portal_pep/printing/texts.yaml": set[str](),
    "shared/workplace/http/receipt_words.yaml": {"number"},
    "shared/workplace/http/records/document_words.yaml": set(),
    "shared/workplace/records/decision_texts.yaml": set[str](),
    "shared/workplace/steps/receipt_texts.yaml": set[str](),
    "shared/workplace/steps/queue/notice_texts.yaml": set[str](),
    "shared/workplace/steps/records/record_texts.yaml": set[str](),
}
"""Documents are written in the two languages of the state; the codes whose words are the same in both."""
SYSTEMS_WITH_ONE_NAME = """
arm-rshep arm-shep enis gbd-elicense gbd-ul gcvp is-cgo is-con is-esobes is-mio is-nuc is-rynok-truda kdp nr-iin
shep-gateway
"""
SYSTEMS_OF_THE_CONSOLE = "arm-rshep arm-shep gbd-elicense is-esobes is-rynok-truda"
SYSTEMS_DRAWN = """
arm-rshep arm-shep enis gbd-elicense gcvp is-cgo is-con is-esobes is-mio is-nuc is-rynok-truda nr-iin shep-gateway
"""
SAME_IN_TWO = {
    "shared/regulations/diagram_words.yaml": {f"system-{name}" for name in SYSTEMS_DRAWN.split()},
    "services/portal_pep/pages/phone_words.yaml": {"phone-app-mobile", "phone-app-business"},
    "shared/workplace/pages/case_words.yaml": {
        "system-portal-pep",
        *(f"system-{name}" for name in SYSTEMS_DRAWN.split()),
    },
    "shared/workplace/pages/role_words.yaml": {"role-commission", "role-operator", "role-inspector"},
    "services/shep_gateway/pages/console/console_words.yaml": {
        "map-name-gbd-elicense",
        *(f"name-{system}" for system in SYSTEMS_OF_THE_CONSOLE.split()),
    },
    "services/shep_gateway/pages/start/start_words.yaml": {"brand"},
    "services/tools/regulations_texts.yaml": {"regulation"},
    "services/shep_gateway/pages/start/system_words.yaml": {
        f"name-{system}" for system in SYSTEMS_WITH_ONE_NAME.split()
    },
}
"""Abbreviations and names that two languages share: «мин», «ИИН», «ШЭП»."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_texts_of_a_file_are_in_all_languages_and_differ(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    languages = ("kk", "ru") if place in STATE_LANGUAGES else LANGUAGES
    texts = read_texts(path, languages)
    same = {code for code, told in texts.items() if len(set(told.values())) < len(told)}
    assert same == STATE_LANGUAGES.get(place, SAME_IN_TWO.get(place, set())), "not translated"


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_texts_of_a_system_are_read_when_they_are_needed_and_not_at_its_start(system: ServiceDefinition) -> None:
    assert "operator-only" in system.texts
    assert list(system.title) == ["ru", "kk", "en"]
    assert not isinstance(system.texts, dict), "a dictionary is read when the module is imported"


def test_texts_in_several_languages_stand_in_files_of_texts_and_not_in_code() -> None:
    found = {
        module.place
        for module in modules("services") + modules("shared")
        for node in module.nodes
        if isinstance(node, ast.Dict) and {"ru", "kk"} <= _written_keys(node)
    }
    assert sorted(found) == []


def _written_keys(node: ast.Dict) -> set[object]:
    """The keys of a dictionary whose values are written out."""
    pairs = zip(node.keys, node.values, strict=True)
    return {
        key.value
        for key, value in pairs
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def test_labour_market_refuses_in_the_words_of_the_workplace_that_asks_it() -> None:
    text = SYSTEMS["services.is_rynok_truda.app"].texts["not-unemployed"]
    reason = REASONS["not-registered"]
    assert (text["ru"], text["kk"]) == (reason["ru"], reason["kk"])


def test_error_code_is_kebab_case_wherever_it_is_raised() -> None:
    for module in modules("services") + modules("shared"):
        for code in raised(module):
            assert code == code.lower(), f"{module.place}: {code}"
            assert not set(code) & set(" _."), f"{module.place}: {code}"


def test_every_error_that_a_tool_raises_has_a_sentence_in_three_languages() -> None:
    raised = {
        (str(node.args[0].value), module.place)
        for folder in ("services/tools", "services/launcher", "shared/client")
        for module in modules(folder)
        for node in module.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args
        if isinstance(node.args[0], ast.Constant)
    }
    assert len(raised) > 60
    lacking = {(code, place) for code, place in raised if code not in TERMINAL and code not in NOT_TYPED}
    assert {(code, place) for code, place in lacking if code.partition("-")[0] not in NOT_TYPED} == set()
