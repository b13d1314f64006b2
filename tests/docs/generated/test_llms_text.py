"""llms.txt is what ``make docs`` writes, and leads to documents that are there."""

from __future__ import annotations

import re

from tests.docs import llms_text
from tests.docs_commands import ROOT


def test_text_for_agents_is_generated_in_both_places() -> None:
    written = {place.read_text(encoding="utf-8") for place in llms_text.PLACES}
    assert written == {llms_text.make_text()}, "make docs"


def test_text_for_agents_leads_to_documents() -> None:
    links = re.findall(r"\]\((docs/[^)]+)\)", llms_text.make_text())
    assert len(links) > 50
    assert [link for link in links if not (ROOT / link).is_file()] == []
