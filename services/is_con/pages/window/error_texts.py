"""The texts of faults beside the fields that have them."""

from __future__ import annotations

from collections.abc import Mapping

from shared.texts.catalog import COMMON
from shared.web.page_sites import Page


def text_of_code(page: Page, code: str) -> str:
    """What a code says, in the visitor's language: a word of the site, else the system's text of the error."""
    texts: Mapping[str, Mapping[str, str]] = page.request.app.state.texts
    for catalog in (page.site.pages.words, texts, COMMON):
        if code in catalog:
            return catalog[code][page.tag]
    return code
