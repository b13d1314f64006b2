"""Who explains how to appeal: what the acts say of it, in our words."""

from __future__ import annotations

from pathlib import Path

from shared.regulations.coverage.addresses import address_texts
from shared.regulations.coverage.book import CoverageBook
from shared.texts.catalog import LANGUAGES, TextCatalog, read_texts

_TEXTS = TextCatalog(lambda: read_texts(Path(__file__).parent / "catalogues" / "appeal_texts.yaml", LANGUAGES))


def find_appeal_clause(coverage: CoverageBook, regulation: str) -> dict[str, str] | None:
    """The address of the clause on appeals in each language, or None where the act has none."""
    files = (file for file in coverage.files if file.regulation == regulation)
    clauses = (clause for file in files for clause in file.clauses if clause.title == "appeal")
    return next((address_texts(clause.at) for clause in clauses), None)


def appeal_texts(*, has_clause: bool) -> dict[str, str]:
    """What to tell the citizen in each language."""
    return dict(_TEXTS["appeal-explained" if has_clause else "appeal-unsaid"])
