"""The result is handed to whoever may take it: the applicant, or somebody with his power of attorney."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Annotated

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from shared.bus.errors import Conflict, Malformed, Refused
from shared.contracts.documents import Representative
from shared.contracts.identifiers import check_iin
from shared.contracts.local_time import KAZAKHSTAN
from shared.contracts.registers import PowerAnswer
from shared.pki.certificates.profile import Purpose
from shared.pki.client.nuc import Centre
from shared.regulations.process.graph import Node
from shared.workplace.records import shelf, storage
from shared.workplace.records.documents import OUTPUT
from shared.workplace.records.shelf import Proof
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.case_session import Desk, Handed


class HandOverIn(BaseModel):
    """Who came for the result. ``power_number`` is that of his power of attorney when he is not the applicant;
    ``cms`` his own signature (base64 of DER) over the statement, without it he signs on paper."""

    model_config = ConfigDict(extra="forbid")

    iin: Annotated[str, Field(max_length=12)]
    power_number: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    cms: Base64Bytes | None = None
    ticket: Annotated[str, Field(max_length=10)] | None = None


def hand_over(desk: Desk, employee: EmployeeRow, given: HandOverIn) -> None:
    """Check who came and hand the result over; codes at the endpoint."""
    node = _awaited(desk)
    _check_recipient(desk, given)
    if given.cms is not None:
        _check_signed(desk, given.iin, given.cms)
    proof = Proof.PAPER if given.cms is None else Proof.CMS
    desk.handed = Handed(given.iin, proof, given.power_number, given.cms)
    coming = f"{node.id}:wait"
    if coming in desk.course.allowed:
        desk.take(employee, coming, "received")
    desk.take(employee, node.id)


def statement(desk: Desk, iin: str) -> bytes:
    """What a recipient signs: which result of which case he takes. The same bytes whenever it is asked for."""
    result = desk.documents.get(OUTPUT)
    told = {
        "document": "hand-over",
        "case": desk.case.correlation_id,
        "number": desk.case.number,
        "regulation": desk.case.regulation,
        "recipient": iin,
        "result_sha256": sha256(result).hexdigest() if result else None,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def ask_power(desk: Desk, agent: Representative) -> str:
    """Ask ЕНИС about the power of attorney of somebody who comes for the result; the question's id."""
    check_iin(agent.iin)
    node = _awaited(desk)
    return desk.asking.ask_power(node, agent)


def check_plain(desk: Desk, step: str) -> None:
    """Malformed ``recipient-needed``: at a centre nobody hands over without saying to whom."""
    if desk.profile.is_con and desk.graph.node(step).op == "hand_over":
        raise Malformed("recipient-needed", "say who takes the result", step=step)


def _awaited(desk: Desk) -> Node:
    found = shelf.awaited(desk.graph, desk.waiting())
    if found is None:
        raise Conflict("nothing-to-hand-over", "no result of this case waits here")
    return found


def _check_recipient(desk: Desk, given: HandOverIn) -> None:
    check_iin(given.iin)
    if given.power_number is None:
        if given.iin != desk.case.applicant:
            raise Refused("wrong-recipient", "neither the applicant nor anybody with his power of attorney")
        return
    today = desk.work.now.astimezone(KAZAKHSTAN).date()
    answers = _powers(desk, given)
    if not answers:
        raise Refused("power-unconfirmed", "ЕНИС has not confirmed this power of attorney: ask it first")
    power = answers[-1].power
    if not answers[-1].is_in_force or power is None or power.valid_to < today:
        raise Refused("power-not-in-force", "ЕНИС knows no such power of attorney in force")


def _powers(desk: Desk, given: HandOverIn) -> list[PowerAnswer]:
    """What ЕНИС answered about this power of attorney for these two people."""
    asked = f"{given.power_number} {given.iin}"
    rows = storage.queries_of(desk.work.session, desk.case.correlation_id)
    found = [row for row in rows if row.register_ == "enis" and row.answer and row.about in ("", asked)]
    return [PowerAnswer.model_validate_json(row.answer or "") for row in found if _is_about(row, desk, given)]


def _is_about(row: storage.QueryRow, desk: Desk, given: HandOverIn) -> bool:
    """Whether the question was about these: its own note, or the application's representative."""
    if row.about:
        return True
    agent = desk.documents.application.representative
    return agent is not None and (agent.iin, agent.power_number) == (given.iin, given.power_number)


def _check_signed(desk: Desk, iin: str, signed: bytes) -> None:
    checked = desk.work.use(Centre).check(signed, at=desk.work.now, expected_iin=iin, purpose=Purpose.APPLICANT)
    if checked.content != statement(desk, iin):
        raise Refused("other-document", "the signature is over another document than the statement")
