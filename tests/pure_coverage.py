"""Branch coverage of the pure modules, each by tests: `make coverage`.

Tracing everything would make the whole run much slower, and a line that a journey happens to pass
is not tested by it. Pure modules decide what becomes of a reader's message and need no server, so
they are measured under the tests that have their names, and 95 % of the lines and branches of each
have to be run.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.rules.code import ROOT, modules
from tests.rules.mirror import has_tests, mirrored_test

ENOUGH = 95
"""Percent of lines and branches, together."""

SLACK = 6
"""Percent by which a figure may pass its floor before the floor has to follow."""

FLOORS: dict[str, int] = {
    "service.articles.feeds.shorten": 92,
    "service.articles.html_page.headline": 90,
    "service.articles.html_page.metadata": 84,
    "service.articles.html_page.non_articles": 92,
    "service.articles.html_page.visible_metadata": 77,
    "service.articles.match": 89,
    "service.articles.parsing.images": 91,
    "service.articles.plain_text.clipping": 90,
    "service.articles.plain_text.head": 89,
    "service.articles.plain_text.related_headlines": 90,
    "service.articles.plain_text.whole_page": 90,
    "service.delivery.messages.headers": 92,
    "service.delivery.throttling.pacing": 85,
}
"""What modules below that have reached, less two for what examples chosen at random add. These
figures only rise, and their lines only disappear."""


def measure(tests: Sequence[str], names: Sequence[str]) -> tuple[int, dict[str, float]]:
    """Run tests under coverage; return pytest's exit code and each module's percentage."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        command = [
            *(sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:randomly"),
            *("-m", "not timed"),
            # The same examples every time, so that a figure changes only with the code.
            "--hypothesis-seed=0",
            *("--cov-branch", f"--cov-report=json:{report}", *(f"--cov={name}" for name in names)),
            *tests,
        ]
        environment = os.environ | {  # noqa: TID251  Not the product's settings.
            "COVERAGE_FILE": str(Path(folder) / "data"),
            "COVERAGE_CORE": "ctrace",
        }
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        files = json.loads(report.read_text("utf-8"))["files"] if report.exists() else {}
    places = {name.replace(".", "/") + ".py": name for name in names}
    return code, {
        places[place]: float(found["summary"]["percent_covered"]) for place, found in files.items()
    }


def complaints(reached: Mapping[str, float], floors: Mapping[str, int]) -> list[str]:
    """What is wrong with these figures, a sentence a module; empty when all is well."""
    found = []
    for name, percent in sorted(reached.items()):
        floor = floors.get(name, ENOUGH)
        if percent < floor:
            found.append(f"{name}: {percent:.1f} % of lines and branches, less than {floor} %.")
        elif name in floors and percent >= min(ENOUGH, floor + SLACK):
            found.append(f"{name}: {percent:.1f} %: raise its floor in FLOORS, or remove its line.")
    return [
        *found,
        *(f"{name}: in FLOORS, and not measured." for name in sorted(floors.keys() - reached)),
    ]


def main() -> int:
    """Measure, and print what is wrong."""
    measured = [module for module in modules() if module.is_pure and has_tests(module.place)]
    code, reached = measure(
        [mirrored_test(module.place) for module in measured], [module.name for module in measured]
    )
    found = complaints(reached, FLOORS)
    print("\n".join(found) or f"{len(reached)} pure modules: lines and branches are covered.")
    return code or bool(found)


if __name__ == "__main__":
    sys.exit(main())
