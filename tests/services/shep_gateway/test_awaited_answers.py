"""The callers that wait for an answer: which message they take, in which transaction, until when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from services.shep_gateway.doors.awaited_answers import AwaitedAnswer, AwaitedAnswers
from services.shep_gateway.doors.mailbox import TakenMail


@pytest.fixture
def waiting() -> Iterator[tuple[AwaitedAnswers, AwaitedAnswer]]:
    answers = AwaitedAnswers()
    with answers.expect_answer("asker", "case-1", "question-1") as awaited:
        yield answers, awaited


def mail(message_id: str) -> TakenMail:
    return TakenMail(
        recipient="asker",
        sender="register",
        message_id=message_id,
        case_id="case-1",
        service_id="service",
        message_type="RESPONSE",
        session_id=None,
        arrived_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
        state="ACCEPTED",
        body=b"{}",
        signature="",
        hop=None,
    )


async def test_caller_takes_the_first_message_also_when_its_transaction_is_repeated(
    waiting: tuple[AwaitedAnswers, AwaitedAnswer],
) -> None:
    answers, awaited = waiting
    assert answers.find("asker", "case-1") is awaited
    assert answers.find("asker", "case-2") is None
    assert answers.find("other", "case-1") is None
    assert [awaited.take(name) for name in ("first", "first", "second")] == [True, True, False]


async def test_caller_has_its_answer_only_after_the_commit(waiting: tuple[AwaitedAnswers, AwaitedAnswer]) -> None:
    _, awaited = waiting
    assert awaited.take("first")
    assert await awaited.wait(0.01) is None
    answer = mail("first")
    asyncio.get_running_loop().call_later(0.01, awaited.hand_over, answer)
    assert await awaited.wait(5) is answer


async def test_message_of_which_the_caller_only_hears_sends_it_to_the_mailbox(
    waiting: tuple[AwaitedAnswers, AwaitedAnswer],
) -> None:
    _, awaited = waiting
    asyncio.get_running_loop().call_later(0.01, awaited.hand_over, None)
    began = asyncio.get_running_loop().time()
    assert await awaited.wait(5) is None
    assert asyncio.get_running_loop().time() - began < 5


async def test_caller_whose_time_is_over_takes_nothing_and_waits_for_what_it_took(
    waiting: tuple[AwaitedAnswers, AwaitedAnswer],
) -> None:
    answers, awaited = waiting
    assert awaited.take("first")
    answer = mail("first")
    asyncio.get_running_loop().call_later(0.01, awaited.hand_over, answer)
    assert await awaited.give_up() is answer
    assert not awaited.take("second")
    with answers.expect_answer("asker", "case-2", "question-2") as late:
        assert await late.give_up() is None
        assert not late.take("third"), "the message waits in the mailbox"


async def test_nobody_waits_after_the_call() -> None:
    answers = AwaitedAnswers()
    with pytest.raises(ZeroDivisionError), answers.expect_answer("asker", "case-1", "question-1") as awaited:
        raise ZeroDivisionError
    assert answers.find("asker", "case-1") is None
    assert not awaited.take("first")
