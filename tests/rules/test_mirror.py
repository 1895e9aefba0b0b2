"""A module's test is found by the module's name."""

from tests.rules.code import modules
from tests.rules.mirror import deserves_a_test, has_tests


def test_every_module_that_decides_something_has_its_test() -> None:
    """A test under another name is not run when the module changes, and its gaps are unseen."""
    deserving = {module.place for module in modules() if deserves_a_test(module)}

    assert {place for place in deserving if not has_tests(place)} == set(), (
        "write its test, or move the one that it has"
    )
