"""``egov-bus open``: a page of the running country in the person's browser."""

from __future__ import annotations

import json

from services.launcher.data_folder.country_record import CountryRecord
from services.launcher.launch import LaunchContext
from services.tools.background import places
from shared.bus.errors import NotFound


def run_open(launch: LaunchContext, page: str, *, opens: bool, as_json: bool) -> None:
    """Print the address of a page, and open it where there is a browser.

    NotFound ``page-unknown``, ``country-not-running``.
    """
    if page not in places.PAGES:
        raise NotFound("page-unknown", f"no page {page}", name=page, pages=", ".join(places.PAGES))
    if CountryRecord.find(launch.data_dir) is None:
        raise NotFound("country-not-running", "nothing runs", path=str(launch.data_dir))
    instance, path = places.PAGES[page]
    address = launch.instance_url(instance) + path
    print(json.dumps({"page": page, "url": address}) if as_json else address)  # noqa: T201
    if opens:
        import webbrowser

        webbrowser.open(address)
