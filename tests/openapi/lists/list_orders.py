"""The lists of the systems: the order of those with pages, and the bound of those that are small by nature."""

from __future__ import annotations

from collections.abc import Iterator

from tests.openapi.documents import Json

FALLING: dict[str, tuple[str, ...]] = {
    "list_audit_entries": ("n",),
    "list_board": ("changed_at",),
    "list_cases": ("received_at",),
    "list_consents": ("requested_at",),
    "list_dead_letters": ("died_at",),
    "list_deliveries": ("changed_at",),
    "list_exchanges": ("id",),
    "list_files": ("n",),
    "list_history": ("submitted_at",),
    "list_journal": ("n",),
    "list_segments": ("first",),
    "list_notifications": ("id",),
    "list_passages": ("id",),
    "list_payments": ("n",),
    "list_permits": ("changed_at",),
    "list_person_payments": ("executed_at",),
    "list_provider_cases": ("received_at",),
    "list_questions": ("n",),
    "list_recipients": ("since",),
    "list_referrals": ("issued_at",),
    "list_refusals": ("refused_at",),
    "list_registrations": ("since",),
    "list_routes": ("id",),
    "list_rule_firings": ("n",),
    "list_shelf": ("ready_at",),
    "list_places": ("announced_at",),
    "list_sms": ("sent_at",),
    "list_vouched_certificates": ("not_before",),
    "list_webhook_events": ("id",),
    "list_waiting_messages": ("held_at",),
}
"""The newest row first, by these fields: the name of the operation with the fields."""

RISING: dict[str, tuple[str, ...]] = {
    "get_chain": ("accepted_at",),
    "list_conduct": ("whom",),
    "list_employees": ("authority", "iin"),
    "list_faults": ("name", "iin"),
    "list_legal_entities": ("bin",),
    "list_legal_holds": ("case_id",),
    "list_members": ("address",),
    "list_own_work": (),
    "list_participants": ("address",),
    "list_persons": ("iin",),
    "list_place_queue": ("waiting_since",),
    "list_powers": ("number",),
    "list_sandbox_rules": (),
    "list_rights": ("sender", "service_id", "message_type"),
    "list_services": (),
    "list_vacancies": ("number",),
    "list_waiting_cases": ("due",),
    "search_work": (),
    "show_fault": ("iin",),
    "show_screen": ("number",),
}
"""The smallest first, by these fields: rows that bear no moment, by their keys; and the two lists that people work
off from the front: the queue in a hall, and what waits by its deadline.
"""

WHOLE: dict[str, int] = {
    "find_whereabouts": 100,
    "list_acts": 20,
    "list_copies": 20,
    "list_quality": 100,
    "list_window_quality": 100,
    "list_clauses": 400,
    "apply_rule_template": 100,
    "list_answers": 10_000,
    "list_rule_templates": 100,
    "list_authorities": 1000,
    "list_case_steps": 100,
    "list_evidence": 4,
    "list_extensions": 10_000,
    "list_local_systems": 1000,
    "list_magic_subjects": 100,
    "list_next_steps": 100,
    "list_organisations": 1000,
    "list_own_deliveries": 20,
    "list_provenance": 400,
    "list_providers": 1000,
    "list_timeline": 10_000,
    "take_messages": 100,
    "list_questions": 100,
    "list_receipts": 10_000,
    "list_passed_steps": 1000,
    "list_documents": 10_000,
    "list_regulations": 100,
    "list_routes": 400,
    "list_service_routes": 400,
    "list_services": 400,
    "list_statuses": 20,
    "list_steps": 10_000,
    "list_totals": 400,
    "list_countries": 100,
}
"""The lists that come whole, and their bounds: what the acts name, or what the steps of one case bring."""

PARTS: dict[str, dict[str, str]] = {
    "list_stuck_messages": {"": "the newest fifty of each kind"},
    "add_sandbox_rule": {"warnings": "the warnings of one rule"},
    "get_service": {"": "the parts of one act"},
    "get_regulation": {"": "the parts of one act"},
    "read_resets": {"snapshots": "folders of the data folder, a thousand at most"},
    "make_country": {"citizens": "as many as the request asks for, a hundred at most"},
    "get_appeal_information": {"offices": "the departments of one act"},
    "give_documents": {"documentsToSign": "as the system that asks for signatures has ordered them"},
    "give_signatures": {"documentsToSign": "as the system that asks for signatures has ordered them"},
    "get_coverage": {"documents": "the five documents"},
    "get_service_form": {"required": "the fields of one form"},
    "get_questionnaire": {"questions": "the questions of one act"},
    "measure_own_office": {"employees": "the people whom the acts name at one office"},
    "check_liveness": {"failing_tasks": "the background tasks of a system"},
    "check_readiness": {"failing_tasks": "the background tasks of a system", "problems": "its checks"},
    "get_webhook": {"events": "the two kinds of events"},
    "explain_silence": {"findings": "the places where one message or case lies"},
    "get_exchange": {"deviations": "a call is read no further than its first thirty"},
    "show_case": {"refusals": "the messages of one case"},
    "show_requested_status": {"words": "what was written in the steps of one case"},
    "show_queue_entry": {"offers": "the places offered to one applicant"},
    "show_receipt": {"lines": "the lines that the act gives a receipt"},
    "show_clerk_rules": {"rules": "500, the bound of the request that sets them"},
    "show_deadlines": {"groups": "the steps of the processes of the acts"},
    "show_citizen": {"absent": "the four kinds of documents"},
    "get_verification": {"missing_segments": "the first hundred"},
    "show_clock": {"lines": "the changes of the clock by the operator, from ``after`` on"},
}
"""Arrays inside an object that is answered, each with what bounds it by nature."""


def paged_operations(document: Json) -> Iterator[Json]:
    """The operations that read pages."""
    for methods in document["paths"].values():
        operation = methods.get("get")
        names = {parameter["name"] for parameter in (operation or {}).get("parameters", ())}
        if "cursor" in names:
            yield operation


def answered_schemas(document: Json) -> Iterator[tuple[Json, Json, Json]]:
    """Operations that answer a GET with JSON: the operation, the answer, the schema without its reference."""
    for methods in document["paths"].values():
        operation = methods.get("get")
        answer = (operation or {}).get("responses", {}).get("200", {})
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if schema is not None:
            yield operation, answer, resolve(document, schema)


def resolve(document: Json, schema: Json) -> Json:
    """The schema to which a reference leads."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
