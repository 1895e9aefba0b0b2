"""How many choices of sections can be measured.

That they are sent is tried in tests/rooms/cli/test_bench.py.
"""

import pytest

from service.devkit.bench.choices import MOST, SECTIONS, check_choices
from service.kit.errors import Invalid


@pytest.mark.parametrize("choices", [1, 1_000, 1_023])
def test_as_many_choices_as_ten_sections_have_are_taken(choices: int) -> None:
    """No reader chooses no section at all, so the empty choice is not among them."""
    check_choices(choices)

    assert MOST == 2**SECTIONS - 1 == 1_023


@pytest.mark.parametrize("choices", [-1, 0, 1_024])
def test_more_choices_than_there_are_is_refused_before_servers_start(choices: int) -> None:
    """The masks would have bits of sections that the edition lacks, and the figure be wrong."""
    with pytest.raises(Invalid, match="10 sections can be chosen in at most 1023 ways"):
        check_choices(choices)
