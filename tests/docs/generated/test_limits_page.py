"""docs/reference/limits.md: what a request may cost, as the code says."""

from __future__ import annotations

import re

from services.launcher import http_server
from shared.bus.http import request_budgets
from shared.bus.http.endpoints import LONGEST_FIELD, MOST_FIELDS
from shared.bus.messages.message import MOST_VALUES
from shared.bus.settings import Settings
from shared.web import form_files
from tests.docs.generated.limits_page import PAGE, make_page, read_budgets

TEXT = PAGE.read_text(encoding="utf-8")
KIB = 1024


def test_limits_page_has_the_budget_of_every_endpoint_that_takes_a_large_body() -> None:
    assert make_page() == TEXT, "make docs"


def test_limits_page_tells_the_limits_of_the_code() -> None:
    usual = Settings()
    told = {
        f"A body may have {request_budgets.SMALL_BODY // KIB} KiB",
        f"`EGOV_MAX_MESSAGE_BYTES` ({usual.max_message_bytes // KIB // KIB} MiB)",
        f"A system reads {request_budgets.LARGE_AT_ONCE} bodies",
        f"of {request_budgets.LARGE_BYTES_AT_ONCE // KIB // KIB} MiB together",
        f"wait for {request_budgets.LARGE_WAIT:g} seconds",
        f"`EGOV_REQUEST_SECONDS` ({usual.request_seconds:g})",
        f"for every {http_server.LEAST_RATE // KIB} KiB",
        f"| {http_server.UNREAD_SECONDS:g} seconds | closed |",
        f"| {http_server.MOST_HEADER_BYTES // KIB} KiB; of a body in chunks",
        f"`EGOV_MAX_REQUESTS` ({usual.max_requests})",
        f"`EGOV_MAX_WAIT_SECONDS` ({usual.max_wait_seconds:g})",
        f"{MOST_FIELDS}, each name {LONGEST_FIELD} characters",
        f"and of a signed document | {MOST_VALUES:,} |",
        f"{form_files.MAX_PARTS}, each with {form_files.MAX_PART_HEADERS} headers",
    }
    plain = re.sub(r"\s+", " ", TEXT)
    assert {line for line in told if line not in plain} == set()


def test_login_takes_a_small_body_only() -> None:
    large = {name for name, _ in read_budgets()}
    assert len(large) > 15
    assert not {name for name in large if "login" in name or "registration" in name}
    assert "POST /api/v1/applications" in large
