"""One application, taken through the running bus from outside."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from tests.compose.commands import ComposeFailure, run

APPLICATION_SECONDS = 120.0

Client = Callable[[str, str], str]
"""Takes the URLs of portal and certification centre; returns one line about the result, or raises."""


def take_one_application(portal_url: str, nuc_url: str) -> str:
    """Apply on the portal as a citizen, wait for the result and return the text of the output document."""
    demo = [sys.executable, "-m", "services", "demo", "--once", "--json", "--against", portal_url]
    story = json.loads(run(["env", f"EGOV_NUC_URL={nuc_url}", *demo], seconds=APPLICATION_SECONDS))
    application, output = story["application"], story["output"]
    if output is None:
        raise ComposeFailure("the application came to no result", json.dumps(application, ensure_ascii=False))
    return f"№ {application['number']}: {output['document']['text']}"
