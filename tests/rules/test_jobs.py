"""A job without an actor, or an actor without a job, looks like lost mail."""

import re

from service.jobs import catalogue
from service.jobs.catalogue import Job
from tests.rules.code import ROOT
from workers.actors import ACTORS


def test_every_job_is_declared_once_on_the_one_screen() -> None:
    """`ALL` feeds the scheduler's and the workers' queues; a job left out would never be heard."""
    declared = {
        value
        for name, value in vars(catalogue).items()
        if name.isupper() and isinstance(value, Job)
    }

    assert declared == set(catalogue.ALL)
    assert len(catalogue.BY_NAME) == len(catalogue.ALL)


def test_every_job_has_exactly_one_actor_under_its_own_name() -> None:
    assert tuple(ACTORS) == catalogue.ALL
    for job, run in ACTORS.items():
        assert run.__module__ == f"workers.{job.name}"


def test_the_workers_docstring_lists_every_job() -> None:
    """The table in `workers/__init__.py` is how one finds what a job does."""
    text = (ROOT / "workers/__init__.py").read_text("utf-8")

    assert re.findall(r"^\| (\w+) \| `workers", text, re.MULTILINE) == [
        job.name for job in catalogue.ALL
    ]
