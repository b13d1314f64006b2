"""docs/reference/errors.md and the OpenAPI documents have the same codes with the same statuses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tests.architecture.source import ROOT
from tests.openapi.documents import NAMES, PROBLEM, document_of, operations_of

PAPER = ROOT / "docs" / "reference" / "errors.md"
OF_NO_OPERATION = {
    **dict.fromkeys(("not-found", "method-not-allowed"), "no operation of the documents was asked for"),
    "no-messages": "a dead letter that is replayed answers with any code",
    **dict.fromkeys(("file-missing", "data-not-json", "system-silent", "system-unknown"), "told on a page"),
    "system-down": "a rule of the sandbox answers in place of any operation",
    "description-unknown": "told where WSDL and XSD describe a channel, which no OpenAPI document does",
}
OTHER_WORDS = 400
"""NCANode's answer to every fault that a caller can correct."""


def told_in_paper() -> Iterator[tuple[str, set[int]]]:
    """The codes of the tables that have a column of statuses, with the statuses of HTTP among them."""
    has_status = False
    for line in PAPER.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[:1] == ["code"]:
            has_status = cells[1] in ("status", "HTTP")
        elif line.startswith("| `") and has_status:
            codes = re.findall(r"`([a-z0-9-]+)`", cells[0])
            statuses = [int(one) for one in re.findall(r"\b\d{3}\b", cells[1])]
            if len(statuses) == len(codes):
                yield from ((code, {status}) for code, status in zip(codes, statuses, strict=True))
            elif statuses:
                yield from ((code, set(statuses)) for code in codes)


def declared() -> dict[str, set[int]]:
    """The codes of all documents with their statuses."""
    found = defaultdict(set)
    for name in NAMES:
        for operation in operations_of(document_of(name)):
            for media_type in (PROBLEM, "application/json"):
                for status, content in operation.responses(media_type):
                    for code in content.get("examples", {}):
                        found[code].add(status)
    return found


def test_errors_paper_has_every_code_of_every_document() -> None:
    known = set(re.findall(r"`([a-z0-9-]+)`", PAPER.read_text(encoding="utf-8")))
    codes = declared().keys()
    assert len(codes) > 150
    assert sorted(codes - known) == [], "tell of them in docs/reference/errors.md"


def test_errors_paper_tells_no_status_that_no_document_has() -> None:
    codes, paper = declared(), dict(told_in_paper())
    assert len(paper) > 100
    idle = {
        code: statuses
        for code, statuses in paper.items()
        if code not in OF_NO_OPERATION and not statuses <= codes.get(code, set())
    }
    assert idle == {}
    assert sorted(OF_NO_OPERATION.keys() - paper.keys()) == []


def test_errors_paper_tells_every_status_that_a_document_has() -> None:
    codes = declared()
    paper: dict[str, set[int]] = defaultdict(set)
    for code, statuses in told_in_paper():
        paper[code] |= statuses
    silent = {
        code: statuses - paper[code]
        for code, statuses in codes.items()
        if code in paper and statuses - paper[code] - {OTHER_WORDS}
    }
    assert silent == {}
