"""One browser for the tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pages.kit.browser import PageBrowser, open_browser


@pytest.fixture(scope="session")
def open_window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageBrowser]:
    """The browser of this worker: to start one takes more than a second of a processor."""
    with open_browser(tmp_path_factory.mktemp("browser"), is_light=True) as browser:
        yield browser


@pytest.fixture(scope="module")
def browser(open_window: PageBrowser) -> PageBrowser:
    """The browser as it was in the beginning, for the tests of a module; a test that needs no cookie of another
    calls ``browser.forget()``.
    """
    open_window.begin_anew()
    return open_window


@pytest.fixture(scope="module")
def sweeper(open_window: PageBrowser) -> PageBrowser:
    """The worker's browser as it was in the beginning, for a sweep over a room's pages."""
    open_window.begin_anew()
    return open_window
