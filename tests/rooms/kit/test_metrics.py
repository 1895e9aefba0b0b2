"""Metrics cost nothing until a daemon exposes them, and then add up over its processes."""

import subprocess
import sys
from pathlib import Path
from timeit import timeit
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from service.config import child_environment
from service.kit.errors import Misconfigured
from service.kit.metrics import CounterMetric, GaugeMetric, HistogramMetric
from service.kit.metrics_exposition import FOLDER_VARIABLE, serving_metrics

CHILD = """
from service import metrics
from service.kit.metrics import activate

activate(metrics.OF_WORKER)
metrics.JOBS.inc(2, job="poll_feed", result="done")
"""


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


def test_a_supervisor_adds_up_what_its_processes_recorded(tmp_path: Path) -> None:
    environment = child_environment(**{FOLDER_VARIABLE: str(tmp_path)})
    for _ in range(2):
        subprocess.run([sys.executable, "-c", CHILD], env=environment, check=True)

    with serving_metrics("127.0.0.1:0", folder=tmp_path) as port:
        text = urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()

    assert 'crieur_jobs_total{job="poll_feed",result="done"} 4.0' in text


def test_a_port_that_is_in_use_is_reported_with_the_setting() -> None:
    with (
        serving_metrics("127.0.0.1:0") as port,
        pytest.raises(Misconfigured, match="CRIEUR_METRICS_LISTEN"),
        serving_metrics(f"127.0.0.1:{port}"),
    ):
        pass
