"""Exposes the metrics of the daemons that a supervisor runs, at one address."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from service.config import Settings


@contextmanager
def serving_child_metrics(settings: Settings) -> Iterator[dict[str, str]]:
    """Serve at CRIEUR_METRICS_LISTEN; yield what the children's environment needs for it.

    Without that setting nothing is served, and nothing needed.
    """
    if settings.metrics_listen is None:
        yield {}
        return
    from service.kit.metrics_exposition import FOLDER_VARIABLE, serving_metrics

    with (
        TemporaryDirectory(prefix="crieur-metrics-") as folder,
        serving_metrics(settings.metrics_listen, folder=Path(folder)),
    ):
        yield {FOLDER_VARIABLE: folder}
