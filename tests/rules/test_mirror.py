"""A module's test is found by the module's name."""

from tests.rules.code import ROOT, modules
from tests.rules.mirror import deserves_a_test, has_tests

ALLOWED = ROOT / "tests/rules/modules_without_tests.txt"


def test_every_module_that_decides_something_has_its_test() -> None:
    """A test under another name is not run by whoever changes the module, and its gaps are unseen.

    The list of those without one only becomes shorter.
    """
    deserving = {module.place for module in modules() if deserves_a_test(module)}
    missing = {place for place in deserving if not has_tests(place)}
    allowed = set(ALLOWED.read_text("utf-8").split())

    assert missing - allowed == set(), "write its test, or move the one that it has"
    assert allowed - missing == set(), "take off the list"
