"""Shows metrics in Prometheus' text format: those of this process, or of all child processes.

Child processes write their values into files of a shared folder, which their environment names
(prometheus_client's multiprocess mode); their supervisor adds the values up when it is scraped.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.exposition import start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from service.kit.errors import Misconfigured
from service.kit.listen import parse_host_port

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Read by prometheus_client when it is loaded."""

SETTING = "CRIEUR_METRICS_LISTEN"


def render_metrics() -> tuple[bytes, str]:
    """Return this process's metrics and their content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST


@contextmanager
def serving_metrics(listen: str, *, folder: Path | None = None) -> Iterator[int]:
    """Answer scrapes at `host:port` in a thread; yield the port.

    With a `folder`, the metrics are those of the processes that write into it.

    Raises:
        Misconfigured: the address cannot be bound; the sentence names CRIEUR_METRICS_LISTEN.
    """
    host, port = parse_host_port(listen, setting=SETTING)
    registry = REGISTRY
    if folder is not None:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0].rstrip(".")
        raise Misconfigured(
            f"Cannot listen on {listen}: {reason}. End what holds it, or set {SETTING}."
        ) from None
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
