"""The commands of an integrator: ``egov-bus check-message``, ``listen`` and ``sql``."""

from __future__ import annotations

import typer

from services.tools.integrating.check_command import check_message
from services.tools.integrating.listen_command import listen
from services.tools.integrating.sql_command import run_sql


def add_to(app: typer.Typer) -> None:
    """Add the commands to the launcher."""
    app.command("check-message")(check_message)
    app.command()(listen)
    app.command("sql")(run_sql)
