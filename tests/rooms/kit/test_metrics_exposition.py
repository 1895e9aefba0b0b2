"""Scrapes are answered with the metrics of a process, or of all that a supervisor has."""

import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from service.config import child_environment
from service.kit.errors import Misconfigured
from service.kit.metrics_exposition import FOLDER_VARIABLE, render_metrics, serving_metrics

CHILD = """
from service import metrics
from service.kit.metrics import activate

activate(metrics.OF_WORKER)
metrics.JOBS.inc(2, job="poll_feed", result="done")
"""


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


def test_a_scrape_has_the_content_type_that_prometheus_reads() -> None:
    with serving_metrics("127.0.0.1:0") as port:
        answer = urlopen(f"http://127.0.0.1:{port}/metrics")
        text, kind = answer.read().decode(), answer.headers["Content-Type"]

    rendered, kind_of_rendered = render_metrics()
    assert kind.startswith("text/plain; version=")
    assert kind_of_rendered.startswith("text/plain; version=")
    assert "python_info{" in text
    assert "python_info{" in rendered.decode()


def test_the_port_is_free_again_at_the_end() -> None:
    with serving_metrics("127.0.0.1:0") as port:
        pass

    with serving_metrics(f"127.0.0.1:{port}") as again:
        assert again == port


def test_a_supervisor_shows_no_metrics_of_its_own(tmp_path: Path) -> None:
    with serving_metrics("127.0.0.1:0", folder=tmp_path) as port:
        text = urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()

    assert text == ""


@pytest.mark.parametrize("listen", ["", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:65536"])
def test_what_is_no_address_is_reported_with_the_setting(listen: str) -> None:
    with pytest.raises(Misconfigured, match="CRIEUR_METRICS_LISTEN"), serving_metrics(listen):
        pass
