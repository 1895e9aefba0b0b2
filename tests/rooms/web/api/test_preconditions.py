"""If-Match: a change is made to what its author has seen, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.kit.errors import Invalid, PreconditionFailed, PreconditionRequired
from service.web.api.preconditions import check_version, etag_of, require_version


@given(st.integers(min_value=0), st.integers(min_value=0))
def test_only_the_version_that_it_has_now_matches(seen: int, now: int) -> None:
    """Else two editors overwrite each other."""
    if seen == now:
        require_version(12, etag_of(seen), version=now)
    else:
        with pytest.raises(PreconditionFailed):
            require_version(12, etag_of(seen), version=now)


@pytest.mark.parametrize("header", ["*", " * ", '"3"', '"1", "3"', '"1","3" '])
def test_a_star_and_one_of_several_tags_match(header: str) -> None:
    """RFC 9110, 13.1.1."""
    require_version(12, header, version=3)


@pytest.mark.parametrize("header", ['W/"3"', '""', '"4", W/"3"'])
def test_anything_else_does_not(header: str) -> None:
    """Weak tags never match in If-Match (RFC 9110, 8.8.3.2)."""
    with pytest.raises(PreconditionFailed):
        check_version(12, header, version=3)


@pytest.mark.parametrize("header", ["3", "", "'3'", '"3', "**", "banana", '"3" "3"', '"3",'])
def test_what_is_no_tag_is_said_to_be_none(header: str) -> None:
    """Its author would look for another editor who has changed nothing."""
    with pytest.raises(Invalid, match='with its quotes, or \\*; it is "3" now'):
        check_version(12, header, version=3)


def test_a_change_must_name_its_version_and_a_decision_may() -> None:
    """An approval of whatever is there is what the console's button is."""
    check_version(12, None, version=3)
    with pytest.raises(PreconditionRequired, match='it is "3" now'):
        require_version(12, None, version=3)
