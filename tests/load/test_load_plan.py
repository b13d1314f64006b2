"""When the calls of a load are made, and what a threshold says of them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from services.tools.load.results import LoadRecorder
from services.tools.load.schedule import LoadPlan, LoadShape
from services.tools.load.thresholds import Threshold
from shared.bus.errors import Malformed


def test_constant_load_makes_its_calls_at_equal_distances() -> None:
    starts = list(LoadPlan(rate=50, seconds=4, warm_up=1).intended_starts())
    assert len(starts) == 250
    assert max(later - earlier for earlier, later in pairwise(starts)) == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("rate", "seconds", "warm_up"), [(20, 5, 3), (7, 3, 2), (100, 4, 0), (0.5, 20, 0), (333, 3, 1)]
)
def test_constant_load_makes_as_many_calls_as_its_rate_says(rate: float, seconds: float, warm_up: float) -> None:
    starts = list(LoadPlan(rate, seconds, warm_up).intended_starts())
    assert len(starts) == rate * (seconds + warm_up)
    assert sum(start >= warm_up for start in starts) == rate * seconds


def test_ramp_reaches_its_rate_at_the_end() -> None:
    starts = list(LoadPlan(rate=100, seconds=10, shape=LoadShape.RAMP).intended_starts())
    in_second = [sum(second <= start < second + 1 for start in starts) for second in range(10)]
    assert in_second == sorted(in_second)
    assert in_second[0] < 15
    assert 90 <= in_second[-1] <= 100
    assert 450 <= len(starts) <= 550, "half of a constant load"


def test_day_has_two_peaks_and_quiet_nights() -> None:
    plan = LoadPlan(rate=100, seconds=240, shape=LoadShape.DAY)
    by_hour = {hour: plan.rate_at(10 * hour) for hour in range(24)}
    assert by_hour[11] == pytest.approx(100, rel=0.01)
    assert by_hour[13] < by_hour[16] < by_hour[11]
    assert max(by_hour[3], by_hour[23]) < 10


def test_calls_of_the_warm_up_do_not_count() -> None:
    recorder = LoadRecorder(warm_up=2.0)
    recorder.record(1.9, 1.9, 9.0)
    recorder.record(2.5, 2.5, 2.6)
    figures = recorder.summarize()
    assert (figures["intended"], figures["answered"]) == (1, 1)
    assert figures["latency_ms"]["max"] == pytest.approx(100, rel=0.01)


def test_latency_counts_from_the_intended_start_and_errors_by_code() -> None:
    recorder = LoadRecorder()
    recorder.record(0.1, 1.1, 1.2)
    recorder.record(0.2, 0.2, 0.3, error="no-right")
    figures = recorder.summarize()
    assert figures["latency_ms"]["p50"] == pytest.approx(1100, rel=0.01)
    assert figures["service_ms"]["p50"] == pytest.approx(100, rel=0.01)
    assert figures["errors"] == {"no-right": 1}
    assert figures["error_share"] == 0.5


@pytest.mark.parametrize(
    ("text", "is_met"),
    [("p99<500", True), ("p99<100", False), ("rate>=1", True), ("errors<1%", False), ("errors <= 50 %", True)],
)
def test_threshold_compares_the_figure_that_it_names(text: str, is_met: bool) -> None:
    recorder = LoadRecorder()
    recorder.record(0.0, 0.0, 0.2)
    recorder.record(0.1, 0.1, 0.2, error="timeout")
    assert Threshold.parse(text).holds(recorder.summarize()) is is_met


@pytest.mark.parametrize("text", ["p98<5", "p99", "p99<5%", "rate=>3", ""])
def test_threshold_that_nobody_can_read_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        Threshold.parse(text)
    assert refusal.value.code == "threshold-malformed"


def test_run_without_an_answer_meets_no_percentile() -> None:
    recorder = LoadRecorder()
    recorder.record(0.0, 0.0, 0.2, error="no-answer")
    assert not Threshold.parse("p99<500").holds(recorder.summarize())
