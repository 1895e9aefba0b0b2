"""A metric that no page explains is guessed at by whoever is on call."""

import re

from service import metrics
from service.kit.metrics import Metric, MetricType
from tests.rules.code import ROOT

ROW = re.compile(r"^\| `(crieur_\w+)` \| (\w+) \| ([^|]*)\|", re.MULTILINE)


def test_the_page_lists_every_metric_with_its_type_and_labels() -> None:
    page = (ROOT / "docs/metrics.md").read_text("utf-8")

    listed = {
        name: (kind, tuple(re.findall(r"\w+", each))) for name, kind, each in ROW.findall(page)
    }

    assert listed == {each.name: (each.type.value, each.labels) for each in metrics.ALL}


def test_names_follow_the_conventions_of_prometheus() -> None:
    for each in metrics.ALL:
        assert each.name.startswith("crieur_")
        assert each.name.endswith("_total") == (each.type is MetricType.COUNTER), each.name
        if each.type is MetricType.HISTOGRAM:
            assert each.name.endswith("_seconds"), each.name


def test_every_metric_is_declared_once_and_of_one_daemon() -> None:
    declared = [each for each in vars(metrics).values() if isinstance(each, Metric)]

    assert sorted(each.name for each in metrics.ALL) == sorted(each.name for each in declared)
