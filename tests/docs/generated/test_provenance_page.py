"""docs/reference/provenance.md: what is known of the doors' behaviours, as the file says."""

from __future__ import annotations

from services.shep_gateway.api.provenance import read_provenance
from tests.docs.generated.provenance_page import PAGE, make_page


def test_provenance_page_has_every_behaviour_with_its_source() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert make_page() == text, "make docs"
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    behaviours = read_provenance()
    assert len(rows) == len(behaviours)
    assert all(
        f" | {behaviour.text} | {behaviour.certainty} | {behaviour.source} |" in row
        for behaviour, row in zip(behaviours, rows, strict=True)
    )
