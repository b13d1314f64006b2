"""A report in the form of JUnit, which servers of continuous integration read."""

from __future__ import annotations

from typing import Any

from lxml import etree

Json = dict[str, Any]
ELEMENTS = {"fail": "failure", "error": "error", "skip": "skipped", "omit": "skipped", "cancel": "skipped"}
"""The element that tells an outcome; ``wait`` is a failure, because nothing was proved."""


def render_junit(figures: Json, language: str = "en") -> bytes:
    """The XML: a test case for each requirement; advice that is not kept is skipped and fails nothing."""
    rows = figures["requirements"]
    judged = [(row, _element_of(row)) for row in rows]
    counts = {name: sum(element == name for _, element in judged) for name in ("failure", "error", "skipped")}
    suite = etree.Element(
        "testsuite",
        name=f"egov-bus conformance: {figures['role']}",
        tests=str(len(rows)),
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=str(figures["seconds"]),
        timestamp=figures["began_at"],
    )
    for row, element in judged:
        case = etree.SubElement(
            suite, "testcase", classname=row["group"], name=f"{row['id']} {row['title'][language]}"
        )
        if element:
            faults = [
                f"{fault['place']}: {fault['seen']} (expected {fault['expected']})" for fault in row["faults"]
            ]
            etree.SubElement(case, element, message=f"{row['outcome']}: {'; '.join(faults) or row['detail']}")
    return etree.tostring(suite, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _element_of(row: Json) -> str:
    if row["outcome"] == "fail" and row["need"] == "should":
        return "skipped"
    return "failure" if row["outcome"] == "wait" else ELEMENTS.get(row["outcome"], "")
