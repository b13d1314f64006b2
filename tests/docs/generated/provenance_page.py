"""The tables of docs/reference/provenance.md, made from the file of the contracts, for ``make docs``."""

from __future__ import annotations

import re
from itertools import groupby

from services.shep_gateway.api.provenance import BehaviourProvenance, read_provenance
from tests.docs_commands import ROOT

PAGE = ROOT / "docs" / "reference" / "provenance.md"
MARK = "<!-- made by make docs -->\n"
TABLES = re.compile(re.escape(MARK) + r"[\s\S]*\Z")
TITLES = {
    "soap.operation": "Operations of the channels",
    "soap.endpoint": "Calls of a participant's endpoint",
    "soap.signature": "Forms of a signature's KeyInfo",
    "soap.deviation": "Deviations from the contract",
    "soap.fault": "Codes of faults",
    "soap.status": "Codes of answers",
    "soap.service": "Services of integrators",
    "shep_gateway": "Paths of the gateway",
    "kdp": "Paths of КДП",
    "gbd_ul": "Paths of ГБД ЮЛ",
    "temp_files": "Paths of the temporary file storage",
    "is_nuc": "Paths of the signing server",
}


def make_page() -> str:
    """The page with the present behaviours."""
    parts = (
        f"\n## {TITLES[group]}\n\n| behaviour | what the door does | certainty | source |\n|---|---|---|---|\n"
        + "".join(map(_make_row, behaviours))
        for group, behaviours in groupby(read_provenance(), _find_group)
    )
    return TABLES.sub(lambda _: MARK + "".join(parts), PAGE.read_text(encoding="utf-8"))


def _find_group(behaviour: BehaviourProvenance) -> str:
    place, _, path = behaviour.id.partition(" ")
    return place if path else place.rpartition(".")[0]


def _make_row(behaviour: BehaviourProvenance) -> str:
    place, _, path = behaviour.id.partition(" ")
    name = path or place.rpartition(".")[2]
    return f"| `{name}` | {behaviour.text} | {behaviour.certainty} | {behaviour.source} |\n"


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
