"""The gate of `make coverage` refuses what it should."""

from tests.pure_coverage import ENOUGH, FLOORS, complaints
from tests.rules.code import modules


def test_a_module_below_its_floor_or_above_it_is_named() -> None:
    """A gate that lets everything pass looks like one that holds."""
    reached = {"low": 94.9, "fine": 95.0, "falling": 79.9, "kept": 81.0, "risen": 95.2}
    floors = {"falling": 80, "kept": 80, "risen": 90, "gone": 70}

    named = [sentence.partition(":")[0] for sentence in complaints(reached, floors)]

    assert named == ["falling", "low", "risen", "gone"]


def test_floors_are_those_of_pure_modules_that_are_not_covered_enough() -> None:
    """A floor of a module that has been renamed excuses nothing, and hides that it is measured."""
    pure = {module.name for module in modules() if module.is_pure}

    assert FLOORS.keys() - pure == set()
    assert max(FLOORS.values(), default=0) < ENOUGH
