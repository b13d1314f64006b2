"""What the launcher says of itself: its version, its systems, whether the settings are in order."""

from __future__ import annotations

import platform

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.catalog import INSTANCES
from services.launcher.commands.error_report import error_console
from services.launcher.launch import LaunchContext
from services.launcher.version import VERSION
from shared.texts.catalog import texts_beside

TEXTS = texts_beside(__file__, file="list_texts.yaml")


def print_version() -> None:
    """Print the version of the program and of the Python that runs it."""
    Console().print(f"egov-bus {VERSION} (Python {platform.python_version()})", highlight=False)


def list_instances(launch: LaunchContext) -> int:
    """Print every system with its port: with the offset of the environment, or of the country that runs here."""
    from services.launcher.settings import settings_for

    language = launch.language
    table = Table(*(TEXTS[column][language] for column in ("instance", "port", "address", "system")))
    for instance in INSTANCES:
        port = settings_for(instance, launch.reached_environment, is_alone=False).port
        table.add_row(instance.name, str(port), instance.address or "—", instance.load_title()[language])
    Console().print(table)
    return 0


def check_settings(launch: LaunchContext) -> int:
    """Print every fault in the settings; 2 where there is one."""
    from services.launcher.settings import check_all

    problems = check_all(launch.environment)
    for problem in problems:
        error_console.print(f"[red]✗[/] {escape(problem)}", soft_wrap=True)
    if not problems:
        Console().print(TEXTS["settings-in-order"][launch.language].format(number=len(INSTANCES)))
    return 2 if problems else 0
