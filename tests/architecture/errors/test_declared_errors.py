"""An endpoint declares the errors that its code can end with, and no other."""

from __future__ import annotations

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from services.catalog import INSTANCES, ServiceInstance
from shared.bus.http.document import ALWAYS, OF_THE_RUNTIME, possible_errors
from shared.bus.http.problems import ANY_CODE
from shared.bus.service import ServiceApp
from shared.pki.verification.verdict import SIGNATURE_ERRORS
from tests.architecture.errors.error_flow import ErrorFlow
from tests.architecture.errors.flow_reader import Error
from tests.architecture.errors.project_source import Place, Source

COMMON = {error.code for error in (*ALWAYS, *OF_THE_RUNTIME)} | {"content-type-unsupported"}
ANY = ("Refused", ANY_CODE)
"""The errors of an endpoint that runs the handler of any message."""
BESIDES: dict[Place, frozenset[Error]] = {
    ("shared.pki.verification.check", "SignatureVerdict.require_document"): frozenset(
        (type(error).__name__, error.code) for error in SIGNATURE_ERRORS
    ),
    ("services.is_rynok_truda.rules", "LabourMarketRules.check_grant"): frozenset(
        ("Refused", code) for code in ("has-work", "no-vacancy", "not-registered", "not-unemployed")
    ),
    # the employee's place of work is expected of the certificate
    ("shared.workplace.http.employees", "recover_password"): frozenset({("Refused", "eds-bin-mismatch")}),
}
"""Errors that are kept as values and raised later."""
HANDED: dict[Place, Place] = {
    ("shared.workplace.steps.intake", "serve_ticket"): ("services.is_con.queue", "serve_ticket")
}
"""Functions that a system's wiring gives to a place which calls them by another name."""
OWN_CASE = {"regulation-unknown", "channel-not-found", "variant-not-found", "step-not-found", "region-unknown"}
"""A case that is kept is of a passport, a channel and a variant that there are."""
KEPT = {"eds-*", "document-malformed"}
"""The system checked a stored document when the document arrived."""
OF_A_PLACE = {
    *("not-in-queue", "place-*", "queue-out-of-order", "words-missing"),
}
"""The errors of the steps of a queue."""
OF_A_RECORD = {"record-faulty", "bar-code-unknown", "wrong-recipient", "result-unknown", "result-settled"}
"""The errors of records and of chosen results; no step that accepts, decides or signs has them."""
GRANTS = {"already-receives", "permit-not-held", "has-work", "no-vacancy", "not-registered", "not-unemployed"}
OF_A_STEP = {
    *GRANTS,
    *("step-*", "answer-needed", "reason-missing", "role-refused", "not-here", "no-draft", "no-application"),
    *("other-authority", "other-document", "authority-unknown", "signer-missing"),
    "own-signature-needed",
    *OF_A_PLACE,
    *OF_A_RECORD,
}
OF_A_DECISION = {"answer-needed", "reason-missing", "no-application", *GRANTS}
OF_A_SIGNATURE = {"eds-*", "other-document", "no-draft", "signer-missing", "own-signature-needed"}
NEVER: dict[Place, set[str]] = {
    # the notice goes to a member whose region ШЭП has routed by
    ("services.shep_gateway.delivery_notes", "tell_sender"): {"region-unknown", "message-too-large"},
    # it compares addresses
    ("services.shep_gateway.doors.membership.joining", "join_participant"): {"region-unknown"},
    # the request names the system alone, and the key was made just now
    ("shared.pki.client.enrolment", "enrol_system"): {
        "eds-*",
        "key-malformed",
        "subject-characters",
        "subject-length",
    },
    ("services.shep_gateway.doors.door_keys", "DoorKeys.enrol"): {"not-enrolled"},  # it writes the invitation
    # every graph of every passport is made when the passports are read
    ("shared.regulations.process.compiler", "compile_graph"): {"passport-not-executable"},
    ("shared.regulations.passport_book", "PassportBook.all_graphs"): OWN_CASE,
    ("shared.regulations.passport_book", "PassportBook.routing_steps"): OWN_CASE,
    ("shared.pki.cms.signed_data", "sign"): {"eds-malformed"},  # reads nothing
    # the kernel writes its own envelopes
    ("shared.bus.messages.message", "make_envelope"): {"message-malformed"},
    ("shared.workplace.profile", "WorkplaceProfile.next_hop"): {"region-unknown"},
    ("shared.contracts.payments", "account_of"): {"account-*"},  # the account is made from the ИИН
    ("shared.workplace.records.documents", "CaseDocuments.application"): KEPT,
    ("shared.casework.case_session", "CaseSession.__init__"): OWN_CASE,
    # a clerk takes what the regulation allows, with all that the step asks for
    ("shared.workplace.clerks.settlement", "settle_case"): OF_A_STEP | KEPT | {"case-taken"},
    ("shared.workplace.steps.signed_documents", "is_application_signed"): KEPT,
    ("shared.workplace.records.documents", "compose_output"): {"authority-unknown"},  # the centre has the case
    ("shared.workplace.steps.queue.notices", "draft_notice"): {"authority-unknown"},  # the case was taken in
    ("shared.workplace.steps.queue.notices", "keep_notice"): KEPT,
    ("shared.workplace.steps.receipts", "open_record"): KEPT,
    ("shared.workplace.steps.receipts", "find_signer"): KEPT,
    ("shared.workplace.http.records.record_api", "_view_signed"): KEPT,
    ("shared.workplace.http.queue.queue_api", "download_notice_draft"): OWN_CASE,
    # to set a place aside and to offer it decides and signs nothing
    ("shared.workplace.http.actions.place_actions", "perform_offer"): OF_A_DECISION
    | OF_A_SIGNATURE
    | OF_A_RECORD
    | {"place-vacant", "words-missing"},
    # the cases that wait are of regulations that the book has
    ("shared.workplace.pages.monitor_page", "_describe_row"): {"regulation-unknown"},
    # which place is set aside is the queue's affair where the step names none
    ("shared.workplace.http.cases", "take_step"): {"place-declined", "place-taken", "place-unknown"},
    ("shared.workplace.people.staff", "StaffDirectory.find_employee"): {"authority-unknown"},
    ("shared.workplace.http.cases", "accept_case"): OF_A_DECISION | OF_A_SIGNATURE | OF_A_PLACE | OF_A_RECORD,
    ("shared.workplace.http.cases", "decide_case"): OF_A_SIGNATURE | OF_A_PLACE | OF_A_RECORD,
    ("shared.workplace.http.cases", "extend_deadline"): {"no-application", "own-signature-needed"},
    ("shared.workplace.http.cases", "sign_output"): (OF_A_DECISION - {"no-application"})
    | OF_A_PLACE
    | OF_A_RECORD,
    ("shared.workplace.http.papers", "hand_over_result"): OF_A_DECISION
    | OF_A_PLACE
    | (OF_A_RECORD - {"wrong-recipient"})
    | {"no-draft", "signer-missing", "own-signature-needed"},
    ("shared.workplace.http.cases", "take_in_application"): OF_A_DECISION
    | OF_A_SIGNATURE
    | OF_A_PLACE
    | OF_A_RECORD,
    ("shared.workplace.people.keys", "SigningKeys.find_signer"): {
        "key-malformed",
        "subject-characters",
        "subject-length",
    },
    # a citizen may keep the password
    ("services.portal_pep.api.passwords", "change_password"): {"password-same"},
    ("shared.workplace.http.employees", "reset_password"): {"password-weak"},  # a password of the system's own
    ("shared.workplace.http.employees", "open_office"): {"password-weak"},
    ("shared.workplace.people.keys", "SigningKeys.certify_own_key"): {"subject-characters", "subject-length"},
    ("shared.workplace.http.own_cases", "find_own_case"): OWN_CASE,
    ("shared.bus.http.records.stuck_messages", "read_stuck"): {"cursor-malformed"},  # the first page only
    ("services.shep_gateway.whereabouts.explaining", "explain_id"): {"region-unknown"},  # of known regions only
    ("shared.workplace.http.cases", "list_next_steps"): OWN_CASE,
    ("shared.workplace.http.work.work_api", "take_case"): OWN_CASE,
    ("shared.workplace.http.papers", "download_statement"): OWN_CASE,
    ("shared.workplace.http.providers", "list_services"): OWN_CASE,
    ("services.shep_gateway.api.regulations", "download_bpmn"): {"step-not-found"},
    ("services.is_con.queue", "wait_limit"): {"step-not-found"},
    ("services.portal_pep.api.evidence", "get_notice"): KEPT | {"no-output"},
    ("services.portal_pep.api.evidence", "get_output"): KEPT | {"no-notice"},
    ("services.portal_pep.api.cabinet", "list_notifications"): OWN_CASE,
    ("services.portal_pep.api.cabinet", "list_questions"): OWN_CASE,
    ("services.portal_pep.api.cabinet", "list_steps"): OWN_CASE,
    ("services.portal_pep.api.cabinet", "stream_events"): OWN_CASE,
    ("services.portal_pep.api.cabinet", "answer_questionnaire"): OWN_CASE,
    ("services.portal_pep.api.cabinet", "answer_question"): OWN_CASE - {"step-not-found"},
    ("services.portal_pep.api.cabinet", "draft_supplement"): OWN_CASE - {"step-not-found"},
    ("services.portal_pep.api.cabinet", "download_output_pdf"): OWN_CASE | KEPT | {"key-malformed"},
    ("services.portal_pep.api.evidence", "list_evidence"): KEPT,
    ("services.portal_pep.api.evidence", "download_document"): KEPT,
    ("services.portal_pep.operations", "file_application"): OWN_CASE | {"step-*", "answer-needed"},
    ("services.rshep_regional.api", "list_case_steps"): OWN_CASE,
    ("services.rshep_regional.api", "reset_route"): OWN_CASE,
    ("services.rshep_regional.local_systems", "put_local_system"): {"region-unknown"},  # it compares addresses
    ("services.rshep_regional.local_systems", "remove_local_system"): OWN_CASE,
    # НУЦ's own certificates and those that its operator has made have names that НУЦ writes
    ("services.is_nuc.authority.own_credentials", "OwnCredentials.renew_when_due"): {"*"},
    ("services.is_nuc.authority.ca", "IssuingAuthority.renew_when_due"): {"*"},
    ("services.is_nuc.authority.certificate_issuing", "certify_in_transaction"): {"certificate-unknown"},
    ("services.is_nuc.api.request_signatures", "_verify_signature"): {"eds-*"},  # НУЦ certifies strong keys only
    # the chain of a case is of an act that the book has
    ("services.shep_gateway.sandbox.triggers", "_tells_status"): {
        *("channel-not-found", "regulation-unknown", "step-not-found", "variant-not-found")
    },
    # the systems of the country are of known regions, and НУЦ certifies strong keys only
    ("services.shep_gateway.api.sandbox.followers", "follow_rules"): {"region-unknown", "eds-*"},
    ("services.shep_gateway.api.sandbox.followers", "take_firings_report"): {"region-unknown", "eds-*"},
    ("services.is_nuc.ncanode.stamps", "request_token"): {"tsp-bad-*", "tsp-unaccepted-*"},  # the query is its own
    ("services.is_nuc.ncanode.api", "_open_timestamp_authority"): {"tsp-bad-*", "tsp-unaccepted-*"},
    ("services.is_nuc.api.local_tls", "certify_local_tls"): {"subject-characters", "subject-length"},
    ("services.is_nuc.api.containers", "_issue_container"): {
        *("key-already-certified", "subject-characters", "subject-length")
    },
}


@pytest.fixture(scope="module")
def flow() -> ErrorFlow:
    return ErrorFlow(Source(), NEVER, BESIDES, HANDED)


def test_place_that_an_exception_is_made_for_is_still_there(flow: ErrorFlow) -> None:
    assert sorted({*NEVER, *BESIDES, *HANDED, *HANDED.values()} - flow.source.nodes.keys()) == [], (
        "it moved: follow it, or drop the exception"
    )


@pytest.mark.parametrize("instance", INSTANCES, ids=lambda instance: instance.name)
def test_endpoint_declares_every_error_that_its_code_can_end_with(
    flow: ErrorFlow, instance: ServiceInstance
) -> None:
    declared, possible = _read_both(flow, instance)
    missing = {name: sorted(possible[name] - declared[name]) for name in declared if ANY not in declared[name]}
    assert {name: errors for name, errors in missing.items() if errors} == {}, "add them to declare_errors(…)"


@pytest.mark.parametrize("instance", INSTANCES, ids=lambda instance: instance.name)
def test_endpoint_declares_no_error_that_its_code_cannot_end_with(
    flow: ErrorFlow, instance: ServiceInstance
) -> None:
    declared, possible = _read_both(flow, instance)
    idle = {name: sorted(declared[name] - possible[name]) for name in declared if ANY not in declared[name]}
    assert {name: errors for name, errors in idle.items() if errors} == {}, "take them out of declare_errors(…)"


def _read_both(flow: ErrorFlow, instance: ServiceInstance) -> tuple[dict[str, set[Error]], dict[str, set[Error]]]:
    service = instance.load_service()
    routes = [one for one in ServiceApp(service).routes if isinstance(one, APIRoute) and one.include_in_schema]
    places = {route.name: list(_places(route.dependant, flow)) for route in routes}
    reachable = flow.reachable_from(f"services.{instance.service}.{instance.module}")
    errors = flow.errors_of([place for found in places.values() for place in found], reachable)
    possible = {
        name: {error for place in found for error in errors[place] if error[1] not in COMMON}
        for name, found in places.items()
    }
    declared = {
        route.name: {
            (type(error).__name__, error.code)
            for error in possible_errors(route, service.further_errors.get(route.name, ()))
            if error.code not in COMMON
        }
        for route in routes
    }
    return declared, possible


def _places(dependant: Dependant, flow: ErrorFlow) -> list[Place]:
    """The endpoint and its dependencies, as the source names them."""
    place = (getattr(dependant.call, "__module__", ""), getattr(dependant.call, "__qualname__", ""))
    own = [place] if place in flow.source.nodes else []
    return [*own, *(one for inner in dependant.dependencies for one in _places(inner, flow))]
