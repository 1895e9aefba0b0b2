"""Metrics cost nothing until a daemon exposes them."""

from timeit import timeit

from prometheus_client import CollectorRegistry, generate_latest

from service.kit.metrics import CounterMetric, GaugeMetric, HistogramMetric


def test_recorded_values_are_exposed() -> None:
    registry = CollectorRegistry()
    counter = CounterMetric("crieur_things_total", "Things.", ("kind",))
    gauge = GaugeMetric("crieur_level", "A level.")
    histogram = HistogramMetric("crieur_wait_seconds", "A wait.")
    for each in (counter, gauge, histogram):
        each.attach(registry)

    counter.inc(3, kind="a")
    gauge.set(7)
    histogram.observe(0.2)

    text = generate_latest(registry).decode()
    assert 'crieur_things_total{kind="a"} 3.0' in text
    assert "crieur_level 7.0" in text
    assert 'crieur_wait_seconds_bucket{le="0.25"} 1.0' in text


def test_a_metric_that_is_not_exposed_records_nothing_and_takes_no_time() -> None:
    counter = CounterMetric("crieur_idle_total", "Nothing.", ("kind",))

    seconds = min(timeit(lambda: counter.inc(kind="a"), number=10_000) for _ in range(3))

    assert not counter.is_active
    assert seconds / 10_000 < 5e-6
