"""Which sends `make bench` measures, and how large they are.

That they run is tried in tests/rooms/cli/test_bench.py.
"""

from pathlib import Path

import pytest

from service.devkit.bench.suite import SuiteSelection, plans
from service.devkit.bench.usage import cores
from service.kit.errors import Invalid


def test_each_send_differs_from_the_first_in_what_its_name_says() -> None:
    """A table whose line says ed25519 and measures RSA would be believed."""
    known = plans(SuiteSelection(), None)

    assert known["unsigned"].processes == cores()
    assert known["unsigned, one process"].processes == 1
    assert {name: plan.dkim for name, plan in known.items() if plan.dkim != "none"} == {
        "ed25519": "ed25519",
        "rsa-2048": "rsa",
    }
    assert {(plan.hold, plan.connections) for plan in known.values()} == {
        (0, 10),
        (20, 50),
        (20, 200),
    }


def test_the_scale_changes_the_audience_and_nothing_else() -> None:
    """A short run on a laptop is a preview of the long one: the same sends, fewer readers."""
    whole = plans(SuiteSelection(), None)["rsa-2048"]
    tenth = plans(SuiteSelection(scale=0.1), None)["rsa-2048"]

    assert tenth.recipients == whole.recipients // 10
    assert (tenth.size, tenth.runs, tenth.connections) == (
        whole.size,
        whole.runs,
        whole.connections,
    )


def test_the_smallest_scale_still_sends() -> None:
    """An edition without readers is never sent, and the bench would wait for it."""
    assert {plan.recipients for plan in plans(SuiteSelection(scale=0.0001), None).values()} == {10}


def test_runs_that_are_asked_for_replace_the_planned_ones() -> None:
    """One run is a try; three and five are what published medians are made of."""
    planned = {plan.runs for plan in plans(SuiteSelection(), None).values()}
    asked = {plan.runs for plan in plans(SuiteSelection(runs=2), None).values()}

    assert planned == {3, 5}
    assert asked == {2}


def test_only_the_chosen_sends_are_measured() -> None:
    """The whole suite takes ten minutes; whoever works on signing measures signing."""
    chosen = plans(SuiteSelection(only=["ed25519"]), Path("/usr/sbin/smtp-source"))

    assert list(chosen) == ["ed25519"]
    assert chosen["ed25519"].smtp_source == Path("/usr/sbin/smtp-source")


def test_an_unknown_send_is_refused_with_the_names_there_are() -> None:
    """A mistyped name would otherwise measure nothing for a while and call it sound."""
    with pytest.raises(Invalid, match=r"--only takes one of: unsigned; .*rsa-2048"):
        plans(SuiteSelection(only=["ed25519", "rsa"]), None)
