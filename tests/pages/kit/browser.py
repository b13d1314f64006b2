"""Debian's Chromium without a window, driven by Selenium: opens pages, looks at them, presses keys."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.servers.programs import CHROMIUM, obtain

SWITCHES = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=ru"),
    *("--hide-scrollbars", "--disable-extensions", "--force-device-scale-factor=1", "--no-proxy-server"),
    *("--disable-features=Translate,OptimizationHints", "--disable-default-apps", "--mute-audio"),
)
SHELL = Path("/usr/lib/chromium/chromium-headless-shell")
SECONDS = 30
NARROW, WIDE, HEIGHT = 320, 1440, 900


@dataclass
class PageBrowser:
    """A running browser with one window."""

    driver: Any
    folder: Path
    """Where screenshots go."""

    def open(self, url: str, *, width: int = WIDE, is_dark: bool = False, ready: str = "true") -> None:
        """Open ``url`` in a window ``width`` pixels wide; wait until the expression ``ready`` holds."""
        self.complaints()  # those of the page before
        self.resize(width)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        motion = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, motion]})
        self.driver.get(url)
        self.wait_until(ready)

    def resize(self, width: int, height: int = HEIGHT) -> None:
        """Make the window ``width`` CSS pixels wide; as a desktop's, because a telephone's grows with its page."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def wait_until(self, ready: str, seconds: float = SECONDS) -> None:
        """Wait until the page is loaded and the JavaScript expression ``ready`` holds."""
        script = f"return document.readyState === 'complete' && Boolean({ready})"
        WebDriverWait(self.driver, seconds, 0.05).until(lambda driver: driver.execute_script(script), ready)

    def run(self, script: str, *values: Any) -> Any:
        """The result of a script; ``values`` are its ``arguments``."""
        return self.driver.execute_script(script, *values)

    def sign_in(self, url: str, instance: str, token: str) -> None:
        """Give the browser the session cookie of a system's pages."""
        self.set_cookie(url, f"egov-{instance}", token)

    def set_cookie(self, url: str, name: str, value: str) -> None:
        self.driver.execute_cdp_cmd("Network.setCookie", {"url": url, "name": name, "value": value})

    def forget(self) -> None:
        """Forget every cookie and what pages have stored."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})

    def begin_anew(self) -> None:
        """Keep one window, empty and wide, without the cookies of other tests."""
        first, *others = self.driver.window_handles
        for window in others:
            self.driver.switch_to.window(window)
            self.driver.close()
        self.driver.switch_to.window(first)
        self.forget()
        self.open("about:blank")

    def find(self, selector: str) -> WebElement:
        element: WebElement = self.driver.find_element(By.CSS_SELECTOR, selector)
        return element

    def find_all(self, selector: str) -> list[WebElement]:
        elements: list[WebElement] = self.driver.find_elements(By.CSS_SELECTOR, selector)
        return elements

    def click(self, selector: str) -> None:
        """Click the element, scrolled into view first."""
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def click_text(self, text: str) -> None:
        """Click the link or the button with this text."""
        path = f"//*[self::a or self::button or self::summary or self::label][normalize-space()={_quote(text)}]"
        element = self.driver.find_element(By.XPATH, path)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def fill(self, **texts: str) -> None:
        """Type a text into each field, by its name."""
        for name, text in texts.items():
            field = self.find(f"[name='{name}']")
            field.clear()
            field.send_keys(text)

    def press(self, *keys: str) -> None:
        """Press keys one after another: ``Keys.TAB``."""
        chain = ActionChains(self.driver)
        for key in keys:
            chain.send_keys(key)
        chain.perform()

    def tab_back(self) -> None:
        """Press Shift and Tab."""
        ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()

    @property
    def text(self) -> str:
        """The visible text of the page."""
        text: str = self.find("body").text
        return text

    @property
    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(self.run("return document.documentElement.scrollWidth - window.innerWidth"))

    def screenshot(self, name: str = "", *, whole: bool = False) -> bytes:
        """A PNG of the window, or of the whole page; kept in ``folder`` under a name."""
        settings = {"format": "png", "captureBeyondViewport": whole}
        if whole:
            size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
            settings["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        content = b64decode(self.driver.execute_cdp_cmd("Page.captureScreenshot", settings)["data"])
        if name:
            (self.folder / f"{name}.png").write_bytes(content)
        return content

    def complaints(self) -> list[str]:
        """What the console says since the last call: refusals by the policy, failed loads, script errors."""
        entries: Sequence[dict[str, Any]] = self.driver.get_log("browser")
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]


def _quote(text: str) -> str:
    """A text as a literal of XPath, which has no escapes."""
    parts = ", '\"', ".join(f'"{part}"' for part in text.split('"'))
    return f"concat({parts}, '')"


@contextmanager
def open_browser(folder: Path, language: str = "ru", *, is_light: bool = False) -> Iterator[PageBrowser]:
    """A browser with a profile of its own in ``folder``; ``language`` is what its user reads.

    ``is_light`` takes Chromium's engine without the desktop's browser around it, where that is installed: for who
    looks at many pages, because it takes a third of a processor's time.
    """
    programs = obtain(CHROMIUM)
    options = ChromeOptions()
    options.binary_location = str(programs / "chromium")
    if is_light and SHELL.exists():
        options.binary_location = str(SHELL)
        options.set_capability("browserName", "chrome-headless-shell")
    for switch in (*SWITCHES, f"--accept-lang={language}", f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(switch)
    options.add_experimental_option("prefs", {"intl.accept_languages": language})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(str(programs / "chromedriver")))
    try:
        driver.set_script_timeout(SECONDS)
        driver.set_page_load_timeout(2 * SECONDS)
        yield PageBrowser(driver, folder)
    finally:
        driver.quit()
