"""``egov-bus mcp``: a server of the Model Context Protocol over the sandbox, by standard input and output."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.launcher.commands.error_report import report_errors
from services.launcher.launch import LaunchContext
from shared.bus.errors import NotFound, Refused
from shared.bus.profiles import Profile

INSTRUCTIONS = (
    "Tools over a sandbox of Kazakhstan's e-government bus that runs on this machine; all people are synthetic. "
    "Begin with list_systems. A refusal is returned as an object with the member refused, a stable code."
)


def add_to(app: typer.Typer) -> None:
    """Add the command to the launcher."""
    app.command("mcp")(serve_agents)


def serve_agents(
    context: typer.Context,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Offer the tools that change nothing, and no others.")
    ] = False,
) -> None:
    """Serve the sandbox to an agent as tools (MCP, by standard input and output).

    Needs the package mcp (pip install 'egov-bus[agents]') and the tokens of the operators in EGOV_DATA_DIR. In the
    sandbox only.
    """
    launch: LaunchContext = context.obj
    launch.prepare_logs("ERROR")
    with report_errors(launch.language):
        make_server(launch, is_reading=read_only).run("stdio")


def make_server(launch: LaunchContext, *, is_reading: bool = False) -> Any:
    """The server with its tools; Refused ``agents-closed`` in production, NotFound ``mcp-missing``."""
    from services.launcher.version import VERSION
    from services.tools.agents.sandbox_tools import SandboxTools

    if launch.environment.get("EGOV_PROFILE") == Profile.PRODUCTION:
        raise Refused("agents-closed", "only with EGOV_PROFILE=sandbox")
    try:
        from mcp.server.mcpserver import MCPServer
    except ImportError:
        raise NotFound("mcp-missing", "the package mcp is not installed: pip install 'egov-bus[agents]'") from None
    server = MCPServer("egov-bus", version=VERSION, instructions=INSTRUCTIONS, log_level="ERROR")
    for tool in SandboxTools(launch, is_reading).list_tools():
        server.add_tool(tool, structured_output=False)
    return server
