"""ИС ЦГО's slow answers go by the machine's time: a neighbour waits for them in real time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.is_cgo import handlers, storage
from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.clocks.clock import ManualClock, SystemClock
from shared.bus.messages.router import MessageRouter
from shared.contracts.registers import CitizenKind
from tests.bus.kit import Company, rows_of, rows_when

LONG_AGO = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_slow_answer_goes_out_while_the_bus_clock_stands(tmp_path: Path) -> None:
    transport = EmbeddedTransport()
    await transport.open()
    company = Company(tmp_path, transport, clock=ManualClock(LONG_AGO))
    async with company.stack:
        node = await company.node(
            "cgo", MessageRouter(), storage.Base.metadata, background_jobs=(handlers.answer_late,)
        )
        question = {
            "asked_at": LONG_AGO,
            "asker": "is_mio",
            "neighbour": "shep_gateway",
            "correlation_id": "chain",
            "service_id": "citizen-data",
            "iin": "900101300017",
            "mode": "slow",
            "due_at": SystemClock().now() + timedelta(seconds=0.1),
            "answered_at": None,
        }
        await node.runtime.write(lambda uow: storage.add_question(uow.session, question, (CitizenKind.RESIDENCE,)))
        (answer,) = await rows_when(node, "bus_outbox", 1, 5)
        assert (answer.address, answer.correlation_id) == ("shep_gateway", "chain")
        (row,) = await rows_of(node, "question")
        assert row.answered_at == LONG_AGO
