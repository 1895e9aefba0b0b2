"""A doorbell that nobody answers, or an actor that nobody rings, looks like lost mail."""

import ast
import re

from service import jobs
from service.kit.broker import Job
from tests.rules.code import ROOT, assigned


def test_every_job_is_declared_once_on_the_one_screen() -> None:
    """`ALL` feeds the scheduler's and the workers' queues; a job left out would never be heard."""
    declared = {
        value for name, value in vars(jobs).items() if name.isupper() and isinstance(value, Job)
    }

    assert declared == set(jobs.ALL)
    assert len(jobs.BY_NAME) == len(jobs.ALL)


def test_every_job_has_exactly_one_actor_under_its_own_name() -> None:
    """`workers/main.py` needs settings to be imported, so its table is read as text."""
    table = assigned("ACTORS", ast.parse((ROOT / "workers/main.py").read_text("utf-8")))

    assert isinstance(table, ast.Dict)
    pairs = [(ast.unparse(key or table), ast.unparse(run)) for key, run in _items(table)]
    expected = {f"jobs.{job.name.upper()}": f"{job.name}.run" for job in jobs.ALL}
    assert dict(pairs) == expected
    assert len(pairs) == len(expected)
    for job in jobs.ALL:
        assert (ROOT / f"workers/{job.name}.py").is_file()


def test_the_workers_docstring_lists_every_job() -> None:
    """The table in `workers/__init__.py` is how one finds what a job does."""
    text = (ROOT / "workers/__init__.py").read_text("utf-8")

    assert re.findall(r"^\| (\w+) \| `workers", text, re.MULTILINE) == [
        job.name for job in jobs.ALL
    ]


def _items(table: ast.Dict) -> list[tuple[ast.expr | None, ast.expr]]:
    return list(zip(table.keys, table.values, strict=True))
