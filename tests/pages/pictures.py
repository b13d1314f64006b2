"""The picture of the README, for ``make picture``: the console's map of the country while real demos run.

The console counts messages from when it is opened: it is opened first, and looked at after the demos.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from services.launcher.ports import random_offset
from tests.docs_commands import ROOT
from tests.pages.kit.browser import PageBrowser, open_browser
from tests.servers import environment

FOLDER = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 1200, 900
COLOURS = 48
SETTLES_SECONDS = 10
"""How long the systems may take to say that they are ready."""
SHOWS_SECONDS = 4
"""How long the map takes to show what has just happened."""
DEMOS = 1


def draw_consoles(languages: tuple[str, ...] = ("en", "ru")) -> None:
    """Run a country, open its console, run demos, and take the picture of the console in each language."""
    with TemporaryDirectory() as name, open_browser(Path(name)) as browser:
        country = Country(Path(name))
        urls = {system["name"]: system["url"] for system in json.loads(country.run("up", "--json"))["systems"]}
        try:
            gateway = urls["shep_gateway"]
            browser.open(f"{gateway}/console/login")
            browser.click("form[action*='console/enter'] button")
            time.sleep(SETTLES_SECONDS)
            for _ in range(DEMOS):
                country.run("demo", "--json", "--against", urls["portal_pep"], EGOV_NUC_URL=urls["is_nuc"])
            _take_pictures(browser, gateway, languages)
        finally:
            country.run("down")


class Country:
    """Commands that are typed in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.offset = str(random_offset())

    def run(self, *arguments: str, **settings: str) -> str:
        """What a command prints."""
        given = {"PYTHONPATH": str(ROOT), "EGOV_CLERKS": "instant", "EGOV_PORT_OFFSET": self.offset, **settings}
        return subprocess.run(
            (sys.executable, "-m", "services", *arguments),
            cwd=self.folder,
            env=environment.inherited(**given),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout


def _take_pictures(browser: PageBrowser, gateway: str, languages: tuple[str, ...]) -> None:
    for language in languages:
        browser.open(f"{gateway}/console?lang={language}")
        browser.resize(WIDTH, HEIGHT)
        time.sleep(SHOWS_SECONDS)
        picture = Image.open(BytesIO(browser.screenshot())).convert("RGB").quantize(COLOURS)
        picture.save(FOLDER / f"console.{language}.png", optimize=True)


if __name__ == "__main__":
    draw_consoles()
