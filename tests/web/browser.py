"""A headless Chromium, driven over its debugging protocol."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.servers.programs import CHROMIUM, obtain

SWITCHES = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=ru"),
    *("--remote-debugging-port=0", "--hide-scrollbars"),
)
SECONDS = 60


@dataclass
class PageSight:
    """A page in the browser."""

    document: str
    picture: bytes
    """PNG of the window."""
    overflow: int
    """Pixels by which the page is wider than the window."""
    complaints: list[str] = field(default_factory=list)
    """The messages on the browser's console: refusals by the policy, failed loads, script errors."""
    hosts: set[str] = field(default_factory=set)
    """Every host that the page requested."""


@dataclass
class Browser:
    """A running browser with one page."""

    connection: ClientConnection
    session: str = ""
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _events: list[dict[str, Any]] = field(default_factory=list)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of one command of the protocol; events that arrive before the result are kept."""
        number = next(self._numbers)
        session = {"sessionId": self.session} if self.session else {}
        await self.connection.send(json.dumps({"id": number, "method": method, "params": parameters, **session}))
        async with asyncio.timeout(SECONDS):
            while True:
                message: dict[str, Any] = json.loads(await self.connection.recv())
                if message.get("id") == number:
                    assert "error" not in message, (method, message)
                    result: dict[str, Any] = message["result"]
                    return result
                self._events.append(message)

    async def evaluate(self, expression: str) -> Any:
        result = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return result["result"].get("value")

    async def wait_until(self, ready: str) -> None:
        """Wait until the page is loaded and the expression ``ready`` holds."""
        is_ready = f"document.readyState === 'complete' && Boolean({ready})"
        async with asyncio.timeout(SECONDS):
            while not await self.evaluate(is_ready):  # noqa: ASYNC110 - the browser tells no event of it
                await asyncio.sleep(0.05)

    async def see(self, url: str, width: int = 1280, *, is_dark: bool = False, ready: str = "true") -> PageSight:
        """Open ``url`` in a window ``width`` pixels wide and wait until the expression ``ready`` holds."""
        self._events.clear()
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        await self.call("Emulation.setDeviceMetricsOverride", **metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])
        await self.call("Page.navigate", url=url)
        await self.wait_until(ready)
        picture = await self.call("Page.captureScreenshot", format="png")
        overflow = await self.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        document = await self.evaluate("document.documentElement.outerHTML")
        return PageSight(
            document, b64decode(picture["data"]), overflow, list(self._complaints()), set(self._hosts())
        )

    def _complaints(self) -> Any:
        for event in self._events:
            parameters = event.get("params", {})
            if event.get("method") == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                yield f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}"
            elif event.get("method") == "Runtime.exceptionThrown":
                yield str(parameters["exceptionDetails"])
            elif event.get("method") == "Page.javascriptDialogOpening":
                yield f"dialog: {parameters['message']}"

    def _hosts(self) -> Any:
        for event in self._events:
            if event.get("method") == "Network.requestWillBeSent":
                url: str = event["params"]["request"]["url"]
                if not url.startswith("data:"):
                    yield url.split("/")[2]


@asynccontextmanager
async def open_browser(folder: Path) -> AsyncIterator[Browser]:
    """A browser with a separate profile in ``folder``."""
    profile = folder / "profile"
    process = await asyncio.create_subprocess_exec(
        obtain(CHROMIUM) / "chromium",
        *SWITCHES,
        f"--user-data-dir={profile}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with connect(await _debugging_address(process), max_size=None) as connection:
            browser = Browser(connection)
            target = await browser.call("Target.createTarget", url="about:blank")
            attached = await browser.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
            browser.session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                await browser.call(f"{domain}.enable")
            yield browser
    finally:
        process.terminate()
        await process.wait()
        await asyncio.to_thread(shutil.rmtree, profile, ignore_errors=True)


async def _debugging_address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(SECONDS):
        async for line in process.stderr:
            _, is_named, address = line.decode(errors="replace").partition("DevTools listening on ")
            if is_named:
                return address.strip()
    raise AssertionError("the browser did not say where it listens")
