"""The counters of one running service, in the text format of Prometheus.

No label takes a value from outside: codes are those of ``errors.md``, routes those of the API with their
parameters unfilled. So neither a person's number nor endless series come into them.
"""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

BATCH_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
BATCH_ITEMS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
REQUEST_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
OUTSIDE = "none"
"""The route of a request that no endpoint answers."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, of which nobody here asks

TEXT_FORMAT = "text/plain; version=0.0.4"


@dataclass(frozen=True)
class Gauge:
    """A number that is read when somebody asks: by the value of its one label, or under "" without a label."""

    name: str
    help_text: str
    values: Mapping[str, float]
    label: str = ""


class ServiceMetrics:
    """Counts messages, batches, publications and requests; writes them with gauges that somebody else reads.

    The counts begin at the start of the process and are those of this replica.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        self._handled = Counter("egov_messages_handled", "Messages handled", registry=self.registry)
        self._refusals = Counter(
            "egov_message_refusals", "Refused messages, by code", ["code"], registry=self.registry
        )
        self._batch_seconds = Histogram(
            "egov_batch_seconds", "Duration of a batch", buckets=BATCH_SECONDS, registry=self.registry
        )
        self._batch_items = Histogram(
            "egov_batch_items", "Messages and tasks of a batch", buckets=BATCH_ITEMS, registry=self.registry
        )
        self._published = Counter(
            "egov_messages_published", "Messages that the carrier confirmed", registry=self.registry
        )
        self._publish_faults = Counter(
            "egov_publish_faults", "Publications that failed, by code", ["code"], registry=self.registry
        )
        self._requests = Histogram(
            "egov_http_request_seconds",
            "Duration of a request to its last byte",
            ["method", "route", "status"],
            buckets=REQUEST_SECONDS,
            registry=self.registry,
        )

    def count_batch(self, items: int, seconds: float) -> None:
        """A committed batch."""
        self._batch_items.observe(items)
        self._batch_seconds.observe(seconds)

    def count_messages(self, handled: int, refusal_codes: Iterable[str]) -> None:
        """The messages of a batch: how many were handled, and the code of each that became a dead letter."""
        if handled:
            self._handled.inc(handled)
        for code in refusal_codes:
            self._refusals.labels(code).inc()

    def count_publications(self, faults: Iterable[str | None]) -> None:
        """Publications of a window: None for each that the carrier confirmed, else the code of the fault."""
        for code, number in Counts(faults).items():
            if code is None:
                self._published.inc(number)
            else:
                self._publish_faults.labels(code).inc(number)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """An answered request; ``route`` has the names of its parameters, not their values."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def write_text(self, gauges: Iterable[Gauge]) -> str:
        """The gauges and all counts in the text format."""
        return (generate_latest(_GaugeReader(gauges)) + generate_latest(self.registry)).decode()


class _GaugeReader(CollectorRegistry):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        super().__init__(auto_describe=False)
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        for gauge in self._gauges:
            family = GaugeMetricFamily(gauge.name, gauge.help_text, labels=[gauge.label] if gauge.label else [])
            for value_of_label, value in gauge.values.items():
                family.add_metric([value_of_label] if gauge.label else [], float(value))
            yield family
