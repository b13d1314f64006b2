"""llms.txt: what an agent reads first, in the form of https://llmstxt.org; written by ``make docs``.

The gateway serves the file, and docs/ has the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.catalog import INSTANCES
from services.cli import Commands
from services.launcher.commands.lazy_group import HELPS
from tests.docs_commands import ROOT

PLACES = (ROOT / "services" / "shep_gateway" / "api" / "llms.txt", ROOT / "docs" / "llms.txt")
INDEX = ROOT / "docs" / "index.md"
SECTION = re.compile(r"^## (.+?)\n(.+?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (\[.+?\) ?(?:, \[.+?\))*) \| (.+?) \|$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\(([^)#]+)\)")
HEAD = """\
# egov-bus

> Kazakhstan's e-government integration bus, whole, on one's own machine: the portal, the gateway ШЭП with its
> REST, SOAP and AMQP doors, the regional gateways, registers, workplaces and the certification centre НУЦ, with
> synthetic people. Everything here is a sandbox; no data are of living people.

Start with `egov-bus up --json` (or `egov-bus all`), join with `egov-bus join my-system --out keys`, ask with the
token in `keys/my-system.token`. A refusal is JSON with a stable `code`, a sentence and the faulty `fields`;
`egov-bus check-message FILE` says the same before anything is sent, `egov-bus explain ID` afterwards. Every
command speaks ru, kk and en (`--lang`), and most print JSON (`--json`).
"""


def make_text() -> str:
    """The text, from the catalogue, the commands and the index of the documents."""
    parts = [HEAD, _list_systems(), _list_contracts(), _list_commands()]
    parts += [f"## {title}\n\n{rows}" for title, rows in _list_documents()]
    return "\n".join(parts)


def _list_systems() -> str:
    rows = [
        f"- {instance.name}: {instance.load_title()['en']}; http://127.0.0.1:{instance.port}/openapi.json\n"
        for instance in INSTANCES
    ]
    return "## Systems\n\n" + "".join(rows)


def _list_contracts() -> str:
    return (
        "## Contracts\n\n"
        "- OpenAPI: `/openapi.json` of every system, pages at `/docs`\n"
        "- AsyncAPI of the bus: http://127.0.0.1:8002/asyncapi.json\n"
        "- WSDL of the channels: http://127.0.0.1:8002/bip-sync-wss-gost/?wsdl, "
        "http://127.0.0.1:8002/bip-async-wss-gost/?wsdl\n"
        "- JSON Schemas of messages, Pact files, XSD: the folder `shared/contracts/published` of the package\n"
    )


def _list_commands() -> str:
    names = [name for name, place in Commands.places.items() if name in HELPS and not place.is_hidden]
    return "## Commands\n\n" + "".join(f"- `egov-bus {name}`: {HELPS[name]['en']}\n" for name in names)


def _list_documents() -> Iterator[tuple[str, str]]:
    for title, content in SECTION.findall(INDEX.read_text(encoding="utf-8")):
        rows = [
            f"- [{name}](docs/{place}): {about}\n"
            for links, about in ROW.findall(content)
            for name, place in LINK.findall(links)
            if "decisions/" not in place
        ]
        if rows:
            yield title, "".join(rows)


if __name__ == "__main__":
    for text_file in PLACES:
        text_file.write_text(make_text(), encoding="utf-8")
