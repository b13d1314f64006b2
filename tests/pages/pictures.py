"""The picture of the README, for ``make picture``: the console's map of the country, after a real demo."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from services.launcher.data_folder.country_record import CountryRecord
from tests.docs_commands import ROOT
from tests.pages.kit.browser import open_browser
from tests.servers import environment

FOLDER = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 1200, 900
COLOURS = 48
SETTLES_SECONDS = 10
"""How long the systems may take to say that they are ready."""
GATEWAY_PORT = 8002


def draw_consoles(languages: tuple[str, ...] = ("en", "ru")) -> None:
    """Run the demo, and take the picture of the console in each language."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        settings = environment.inherited(PYTHONPATH=str(ROOT), EGOV_DATA_DIR=str(folder / "var"))
        command = (sys.executable, "-m", "services", "demo", "--json")
        with subprocess.Popen(command, cwd=folder, env=settings, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                assert json.loads(process.stdout.readline())["is_complete"]
                country = CountryRecord.find(folder / "var")
                assert country is not None
                port = GATEWAY_PORT + int(country.settings.get("EGOV_PORT_OFFSET", "0"))
                time.sleep(SETTLES_SECONDS)
                _take_pictures(f"http://127.0.0.1:{port}", languages, folder)
            finally:
                with suppress(ProcessLookupError):
                    process.send_signal(signal.SIGINT)


def _take_pictures(gateway: str, languages: tuple[str, ...], folder: Path) -> None:
    with open_browser(folder) as browser:
        browser.open(f"{gateway}/console/login")
        browser.click("form[action*='console/enter'] button")
        for language in languages:
            browser.open(f"{gateway}/console?lang={language}")
            browser.resize(WIDTH, HEIGHT)
            picture = Image.open(BytesIO(browser.screenshot())).convert("RGB").quantize(COLOURS)
            picture.save(FOLDER / f"console.{language}.png", optimize=True)


if __name__ == "__main__":
    draw_consoles()
