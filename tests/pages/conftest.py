"""One browser for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pages.kit.browser import PageBrowser, open_browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageBrowser]:
    """The module's browser; a test that needs no cookie of another calls ``browser.forget()``."""
    with open_browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser
