"""How much the sink can take, so that the sink itself is not measured."""

from statistics import median
from typing import Any

from service.devkit.bench import usage
from service.devkit.bench.tool_process import ToolProcess

MICROSECONDS = 1_000_000


def measure_sink(*, mails: int, size: int, connections: int, runs: int) -> dict[str, Any]:
    """Send ready bytes with the load generator; `size` is in bytes. Return what `--json` prints."""
    mails -= mails % connections
    rates, costs, faults = [], [], []
    with ToolProcess("sink") as sink:
        port = sink.hear()["port"]
        for _ in range(runs):
            sink.ask("reset")
            before = usage.cost_of(sink.pid)
            with ToolProcess(
                "load_generator", _arguments(port, mails, size, connections)
            ) as generator:
                rates.append(mails / generator.hear()["seconds"])
            after = usage.cost_of(sink.pid)
            if before and after:
                costs.append((after.cpu - before.cpu) / mails * MICROSECONDS)
            taken = sink.ask("count")["mails"]
            if taken != mails:
                faults.append(f"The sink counted {taken} of {mails} messages.")
    return {
        "mails": mails,
        "size": size,
        "connections": connections,
        "rate": round(median(rates)),
        "rates": [round(rate) for rate in rates],
        "cpu_us": round(median(costs), 1) if costs else None,
        "faults": faults,
        "sound": not faults,
    }


def _arguments(port: int, mails: int, size: int, connections: int) -> list[str]:
    return [
        *("--port", str(port), "--mails", str(mails)),
        *("--size", str(size), "--connections", str(connections)),
    ]
