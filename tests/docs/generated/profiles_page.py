"""The table of docs/reference/profiles.md, made from the table in code, for ``make docs``."""

from __future__ import annotations

import re

from shared.bus.profiles import OPENINGS
from tests.docs_commands import ROOT

PAGE = ROOT / "docs" / "reference" / "profiles.md"
HEAD = "| what | `sandbox` | `production` | setting |\n|---|---|---|---|\n"
TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)*")


def make_page() -> str:
    """The page with the present table of the code."""
    rows = "".join(
        f"| `{opening}` | {rule.sandbox} | {rule.production} | "
        f"{f'`EGOV_{rule.setting.upper()}`' if rule.setting else '–'} |\n"
        for opening, rule in OPENINGS.items()
    )
    return TABLE.sub(lambda _: HEAD + rows, PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
