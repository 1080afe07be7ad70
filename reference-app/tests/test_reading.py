"""How the API lives with an AI service that may fail."""

from datetime import date, time
from typing import Any

import pytest
from api.reading import AskError, Circuit, Reader
from api.tasks import Priority, Source, TaskText
from prometheus_client import CollectorRegistry

pytestmark = pytest.mark.anyio
GOOD = {
    "title": "call Bob",
    "due": {"date": "2026-12-04", "time": "17:00"},
    "priority": "high",
    "people": ["Bob"],
    "places": [],
    "language": "en",
}


class Ai:
    """Answers as told, and counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: tuple[int, Any] | AskError = (200, GOOD)

    async def ask(self, _body: dict[str, Any]) -> tuple[int, Any]:
        self.asked += 1
        if isinstance(self.answer, AskError):
            raise self.answer
        return self.answer


class Bench:
    def __init__(self) -> None:
        self.ai, self.now = Ai(), 0.0
        self.registry = CollectorRegistry()
        self.reader = Reader(self.ai.ask, lambda: self.now, self.registry)

    async def read(self) -> TaskText:
        return await self.reader.read("call Bob on Friday", "Asia/Tokyo")

    def calls(self, outcome: str) -> float:
        return self.registry.get_sample_value("ai_calls_total", {"outcome": outcome})


@pytest.fixture
def bench() -> Bench:
    return Bench()


DOWN = AskError("down", is_worth_repeating=True)
LATE = AskError("too late", is_worth_repeating=False)


async def test_an_answer_becomes_a_tasks_text(bench: Bench):
    assert await bench.read() == TaskText(
        "call Bob",
        due=date(2026, 12, 4),
        due_time=time(17),
        priority=Priority.HIGH,
        people=("Bob",),
        source=Source.READ,
    )
    assert bench.calls("good") == 1


@pytest.mark.parametrize("answer", [DOWN, LATE, (200, {}), (200, None), (200, [1])])
async def test_without_an_answer_the_sentence_is_kept_as_degraded(
    bench: Bench, answer: Any
):
    bench.ai.answer = answer
    assert await bench.read() == TaskText("call Bob on Friday", source=Source.DEGRADED)
    assert bench.calls("failed") == 1


async def test_a_refused_text_is_no_failure(bench: Bench):
    bench.ai.answer = (422, {})
    for _ in range(20):
        assert (await bench.read()).source is Source.UNREADABLE
    assert bench.reader.breaker.state is Circuit.CLOSED
    assert bench.calls("unreadable") == 20


async def test_a_long_sentence_loses_nothing(bench: Bench):
    bench.ai.answer = DOWN
    sentence = "x" * 300
    text = await bench.reader.read(sentence, "Asia/Tokyo")
    assert len(text.title) == 200
    assert text.note == sentence


async def test_repeats_stay_within_a_tenth_of_the_calls(bench: Bench):
    """And what came too late is not repeated at all."""
    bench.ai.answer = LATE
    await bench.read()
    assert bench.ai.asked == 1
    bench.ai.answer = DOWN
    for _ in range(200):
        bench.reader.breaker.failures = 0  # the circuit has a test of its own
        await bench.read()
    # Ten saved up, and a tenth of the 199 calls that found room to save.
    assert bench.ai.asked - 1 - 200 == 29


async def test_after_five_failures_nobody_asks_for_five_seconds(bench: Bench):
    bench.ai.answer = LATE
    for _ in range(20):
        await bench.read()
    assert bench.ai.asked == 5
    assert bench.calls("circuit_open") == 15
    assert bench.registry.get_sample_value("ai_circuit_open") == 1
    bench.now = 4.9
    await bench.read()
    assert bench.ai.asked == 5


async def test_then_one_call_tries_and_decides(bench: Bench):
    bench.ai.answer = LATE
    for _ in range(5):
        await bench.read()
    bench.now = 5.0
    assert bench.reader.breaker.admit()
    assert not bench.reader.breaker.admit()  # only one at a time
    bench.reader.breaker.record(is_good=False)
    assert bench.reader.breaker.state is Circuit.OPEN
    bench.now, bench.ai.answer = 10.0, (200, GOOD)
    assert (await bench.read()).source is Source.READ
    assert bench.reader.breaker.state is Circuit.CLOSED
    assert bench.registry.get_sample_value("ai_circuit_open") == 0
