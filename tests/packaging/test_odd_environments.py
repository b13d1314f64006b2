"""Commands in environments that people have: behind a proxy, on a console that is not UTF-8."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shared.bus.http.tls import uses_proxies
from tests.servers import environment

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.mark.parametrize(
    ("url", "may_use"),
    [
        ("http://127.0.0.1:8007", False),
        ("http://127.8.0.1", False),
        ("https://localhost:8007", False),
        ("http://[::1]:8007", False),
        ("https://nuc.gov.example", True),
        ("http://10.0.0.7", True),
    ],
)
def test_proxy_never_applies_to_this_machine(url: str, may_use: bool) -> None:
    assert uses_proxies(url) is may_use


@pytest.mark.parametrize("proxy", ["http://192.0.2.1:3128", "not a proxy", "socks5://192.0.2.1:1080"])
def test_command_at_home_fails_by_its_own_reason_behind_any_proxy(proxy: str) -> None:
    """Nothing listens there: the command says so at once, and neither asks the proxy nor ends in a traceback."""
    command = (sys.executable, "-m", "services", "clock", "show")
    ended = subprocess.run(
        command,
        env=environment.inherited(EGOV_NUC_URL="http://127.0.0.1:9", **dict.fromkeys(PROXIES, proxy)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode != 0
    assert "nuc-unavailable" in ended.stdout + ended.stderr
    assert (
        "All connection attempts" in ended.stdout + ended.stderr
    )  # a proxy would be looked up, or not understood


@pytest.mark.parametrize(
    "changes", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
@pytest.mark.parametrize("arguments", [("--list",), ("--help",)])
def test_console_that_is_not_utf8_stops_no_command(changes: dict[str, str], arguments: tuple[str, ...]) -> None:
    ended = subprocess.run(
        (sys.executable, "-m", "services", *arguments),
        env=environment.inherited(**changes),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, b"Traceback" in ended.stderr) == (0, False), ended.stderr[-500:]
