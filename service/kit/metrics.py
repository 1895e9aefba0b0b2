"""Metrics that any room may record, and that cost nothing in a process that exposes none.

A metric is declared as data (`service/metrics.py` has all of them). Until `activate()` is called,
recording returns immediately and prometheus_client is not loaded; values from before are not kept.

Names follow Prometheus' conventions: `crieur_` first, base units, `_total` for counters. Labels
have few values: a job, a state, a provider of the pacing file, never an address or an id.
Record once per batch or run: a call takes about two microseconds. What has to be recorded once per
message is `bound` to its labels before.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Buckets for what answers a request or takes a short transaction."""

LONG_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0)
"""Buckets for what may last as long as an audience is large."""


class MetricType(StrEnum):
    """Prometheus' types of metrics, as far as they are used."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric:
    """What all metrics have: a name, a sentence, and the names of their labels."""

    type: MetricType

    def __init__(self, name: str, help_text: str, labels: Sequence[str] = ()) -> None:
        self.name = name
        self.help_text = help_text
        self.labels = tuple(labels)
        self._recorder: Any = None

    @property
    def is_active(self) -> bool:
        """Whether values are recorded in this process."""
        return self._recorder is not None

    def attach(self, registry: "CollectorRegistry") -> None:
        """Record values in a registry from now on."""
        raise NotImplementedError

    def _child(self, labels: dict[str, str]) -> Any:
        return self._recorder.labels(**labels) if labels else self._recorder


class CounterMetric(Metric):
    """Counts events; its name ends in `_total`."""

    type = MetricType.COUNTER

    def inc(self, amount: float = 1, **labels: str) -> None:
        """Add `amount`, 0 or more."""
        if self._recorder is not None:
            self._child(labels).inc(amount)

    def attach(self, registry: "CollectorRegistry") -> None:
        """Record values in a registry from now on."""
        from prometheus_client import Counter

        self._recorder = Counter(self.name, self.help_text, self.labels, registry=registry)


class GaugeMetric(Metric):
    """Shows a current value; where several processes set it, the most recent one counts."""

    type = MetricType.GAUGE

    def set(self, value: float, **labels: str) -> None:
        """Replace the value."""
        if self._recorder is not None:
            self._child(labels).set(value)

    def attach(self, registry: "CollectorRegistry") -> None:
        """Record values in a registry from now on."""
        from prometheus_client import Gauge

        mode: Literal["mostrecent"] = "mostrecent"
        self._recorder = Gauge(
            self.name, self.help_text, self.labels, registry=registry, multiprocess_mode=mode
        )


class HistogramMetric(Metric):
    """Counts durations in buckets; its name ends in `_seconds`."""

    type = MetricType.HISTOGRAM

    def __init__(
        self,
        name: str,
        help_text: str,
        labels: Sequence[str] = (),
        *,
        buckets: Sequence[float] = SECONDS,
    ) -> None:
        super().__init__(name, help_text, labels)
        self.buckets = tuple(buckets)

    def bound(self, **labels: str) -> Callable[[float], None] | None:
        """Return what counts a duration with these labels, None in a process that exposes none."""
        if self._recorder is None:
            return None
        observe: Callable[[float], None] = self._child(labels).observe
        return observe

    def observe(self, seconds: float, **labels: str) -> None:
        """Count one duration in seconds."""
        if self._recorder is not None:
            self._child(labels).observe(seconds)

    def attach(self, registry: "CollectorRegistry") -> None:
        """Record values in a registry from now on."""
        from prometheus_client import Histogram

        self._recorder = Histogram(
            self.name, self.help_text, self.labels, registry=registry, buckets=self.buckets
        )


def activate(metrics: Sequence[Metric]) -> None:
    """Record these metrics from now on in this process's default registry; repeatable."""
    from prometheus_client import REGISTRY

    for metric in metrics:
        if not metric.is_active:
            metric.attach(REGISTRY)
