"""A client by the SDK of the protocol's authors: lists the tools, calls some; prints what came as JSON.

A program of its own: the SDK is installed for it alone.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(options: list[str]) -> dict[str, Any]:
    """What the server at the other end of a pipe offers and answers."""
    command = [sys.executable, "-m", "services", "mcp", *options]
    server = StdioServerParameters(command=command[0], args=command[1:], env=dict(os.environ))  # noqa: TID251
    async with stdio_client(server) as (reader, writer), ClientSession(reader, writer) as session:
        await session.initialize()
        tools = (await session.list_tools()).tools
        told: dict[str, Any] = {"tools": {tool.name: tool.description for tool in tools}}
        for name, arguments in (
            ("list_people", {"number": 2}),
            ("read_system", {"system": "is_nuc", "path": "/no"}),
        ):
            result = await session.call_tool(name, arguments)
            told[name] = [json.loads(part.text) for part in result.content]
        return told


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1:]))))
