"""What a page must be: no violation that axe knows, no wider than its window, no text cut off, no word broken,
no raw code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.pages.kit.browser import NARROW, WIDE, PageBrowser

HERE = Path(__file__).parent
AXE = (HERE / "axe" / "axe.min.js").read_text(encoding="utf-8")
CHECKS = (HERE / "page_checks.js").read_text(encoding="utf-8")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
RUN_AXE = (HERE / "run_axe.js").read_text(encoding="utf-8")
RULES_OF_TEXTS = (
    *("area-alt", "aria-command-name", "aria-dialog-name", "aria-input-field-name", "aria-meter-name"),
    *("aria-progressbar-name", "aria-text", "aria-toggle-field-name", "aria-tooltip-name", "aria-treeitem-name"),
    *("button-name", "document-title", "duplicate-id-aria", "empty-heading", "empty-table-header", "frame-title"),
    *("html-has-lang", "html-lang-valid", "html-xml-lang-mismatch", "image-alt", "image-redundant-alt"),
    *("input-button-name", "input-image-alt", "label", "label-title-only", "landmark-unique", "link-name"),
    *("object-alt", "role-img-alt", "select-name", "skip-link", "summary-name", "svg-img-alt", "target-size"),
    *("table-duplicate-name", "valid-lang"),
)
"""The rules of axe that read a page's texts, or whose result depends on the length of these. The other rules judge
structure and colours, which a page has from one template in every language.
"""
FIRST_LANGUAGE = "ru"
"""The language in which pages are held to every rule of axe."""


def load_axe(browser: PageBrowser) -> None:
    """Put axe into the page, once; the page's policy does not hinder it."""
    if not browser.run("return Boolean(window.axe)"):
        browser.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE})


def axe_violations(browser: PageBrowser, *rules: str) -> list[str]:
    """The violations that axe finds in the page, each its rule and the first elements; of ``rules`` alone if
    given.
    """
    load_axe(browser)
    found: list[Any] = browser.driver.execute_async_script(RUN_AXE, list(TAGS), list(rules) or None)
    return [f"axe {rule}: {'; '.join(nodes[:3])}" for rule, nodes in found]


def own_faults(browser: PageBrowser, tag: str) -> list[str]:
    """The faults that axe does not look for."""
    faults: list[str] = browser.run(CHECKS, tag)
    return faults


def page_faults(browser: PageBrowser, url: str, tag: str, ready: str = "true") -> list[str]:
    """Every fault of the page at ``url`` in the language ``tag``, wide and narrow; it is loaded once."""
    rules = () if tag == FIRST_LANGUAGE else RULES_OF_TEXTS
    address = url + ("&" if "?" in url else "?") + f"lang={tag}"
    browser.open(address, width=WIDE, ready=ready)
    own_status = f"{address} - Failed to load resource"  # the page of an error has that status
    faults = [f"console: {text}" for text in browser.complaints() if not text.startswith(own_status)]
    for width in (WIDE, NARROW):
        browser.resize(width)
        found = (*own_faults(browser, tag), *axe_violations(browser, *rules))
        faults += [f"{width} px: {fault}" for fault in found]
    return faults
