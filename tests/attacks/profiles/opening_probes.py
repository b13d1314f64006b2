"""Probes of a running country: whether an opening of the sandbox is open in it."""

from __future__ import annotations

import shutil
import sqlite3
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import replace

from lxml import etree
from sqlalchemy.engine import URL

from services.launcher.migrations import HISTORY
from shared.bus.errors import Conflict
from shared.bus.persistence.schema.history import SchemaHistory
from shared.bus.service import ServiceNode
from shared.contracts.registers import PERSON_SERVICE
from tests.journeys.doors import join
from tests.journeys.kit import PASSWORD, RunningCountry

RULE: Mapping[str, object] = {"effect": {"kind": "down"}, "system": "nr_iin", "ends": "999999999999"}
DOORS: tuple[tuple[str, str, Mapping[str, object] | None], ...] = (
    ("GET", "/api/v1/sandbox/faults", None),
    ("POST", "/api/v1/sandbox/faults", RULE),
    ("DELETE", "/api/v1/sandbox/faults", None),
    ("DELETE", "/api/v1/sandbox/faults/none", None),
    ("GET", "/api/v1/sandbox/templates", None),
    ("POST", "/api/v1/sandbox/templates/none", {}),
    ("GET", "/api/v1/sandbox/firings", None),
    ("POST", "/api/v1/sandbox/triggers", {}),
    ("POST", "/api/v1/sandbox/following", {}),
    ("POST", "/api/v1/sandbox/reports", {}),
    ("POST", "/api/v1/sandbox/reset", {"snapshot": "none"}),
    ("GET", "/api/v1/sandbox/reset", None),
    ("POST", "/api/v1/sandbox/countries", {"without": ["none"]}),
    ("GET", "/api/v1/sandbox/countries", None),
    ("DELETE", "/api/v1/sandbox/countries/none", None),
)
"""Every door of the rules, with a body that changes nothing for anybody."""


async def explains_refused_messages(country: RunningCountry) -> bool:
    """Whether a participant without the right is told which right is missing and who else has it."""
    asker = await join(country, "asks-without-right")
    body = {"service_id": PERSON_SERVICE, "content": {"contract": "person-query/1", "data": {"iin": "-"}}}
    answer = await country.answer("shep_gateway", "POST", "/api/v1/messages", json=body, headers=asker.headers)
    problem = answer.json()
    assert problem["code"] == "no-right"
    assert ("nr_iin" in answer.text or "portal_pep" in answer.text) is ("explanation" in problem)
    assert await explains_over_the_bus(country) is ("explanation" in problem)
    return "explanation" in problem


async def explains_over_the_bus(country: RunningCountry) -> bool:
    """Whether a receiver tells in receipt, state message and dead letter which field of a message is faulty."""
    asker = await join(country, "asks-faultily", asks=[PERSON_SERVICE])
    body = {"service_id": PERSON_SERVICE, "content": {"contract": "person-query/1", "data": {"iin": 5}}}
    sent = await country.answer("shep_gateway", "POST", "/api/v1/messages", json=body, headers=asker.headers)
    assert sent.status_code == 201, sent.text
    waiting = await country.answer("shep_gateway", "GET", "/api/v1/messages?wait=20", headers=asker.headers)
    (notice,) = waiting.json()
    (letter,) = await country.operator("nr_iin").get("/api/v1/dead-letters", code="message-data-malformed")
    explanation = notice["content"]["data"].get("explanation")
    assert explanation == letter["explanation"]
    return explanation is not None


async def explains_refused_signatures(country: RunningCountry) -> bool:
    envelope = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>'
    fault = await country.answer("shep_gateway", "POST", "/bip-sync-wss-gost/", content=envelope)
    code, *findings = (etree.fromstring(fault.content).findtext(".//errorData") or "").splitlines()
    body = {"iin": country.stranger().iin, "password": PASSWORD, "cms": b64encode(b"no CMS").decode()}
    problem = (await country.answer("portal_pep", "POST", "/api/v1/registration", json=body)).json()
    assert (code, problem["code"]) == ("eds-missing", "eds-malformed")
    assert bool(findings) is ("explanation" in problem) is await explains_refused_messages(country)
    return bool(findings)


async def obeys_rules(country: RunningCountry) -> bool:
    """Whether ШЭП's operator may order faults; every door of the rules is open, or every one leads nowhere."""
    token = (country.folder / "shep_gateway" / "operator.token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    codes = set()
    for method, path, body in DOORS:
        answer = await country.answer("shep_gateway", method, path, json=body, headers=headers)
        codes.add(answer.json()["code"] if answer.status_code >= 400 else "")
    assert codes == {"not-found"} or "not-found" not in codes
    return codes != {"not-found"}


async def hashes_with_little_work(country: RunningCountry) -> bool:
    """Whether the hashes of passwords that the country keeps took less work than OWASP advises."""
    kept = {"is_mio": "SELECT password_hash FROM employee", "portal_pep": "SELECT password_hash FROM account"}
    costs = set()
    for instance, query in kept.items():
        with closing(sqlite3.connect(country.folder / instance / "data.sqlite")) as file:
            costs |= {password_hash.rsplit("$", 2)[0] for (password_hash,) in file.execute(query)}
    (cost,) = costs
    return bool(cost != "$argon2id$v=19$m=19456,t=2,p=1")


async def migrates_at_start(country: RunningCountry) -> bool:
    """Whether a system brings tables of an earlier version to its own when it starts."""
    node = country.deployment.nodes["is_cgo"]
    copy, later = country.folder / "earlier.sqlite", country.folder / "later"
    with closing(sqlite3.connect(node.home / "data.sqlite")) as there, closing(sqlite3.connect(copy)) as here:
        there.backup(here)
    shutil.copytree(HISTORY.folder, later)
    script = f"revision, down_revision = '9999', '{HISTORY.newest}'\ndef upgrade() -> None: ...\n"
    (later / "r9999_nothing.py").write_text(script)
    url = URL.create("sqlite", database=str(copy))
    own = replace(node.dependencies, database=url, history=SchemaHistory(later))
    with suppress(Conflict):  # schema-outdated
        ServiceNode(node.service, node.settings, own).prepare_tables()
        return True
    return False
