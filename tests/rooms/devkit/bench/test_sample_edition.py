"""The bench's editions are real ones, of the size that was asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.boot import Runtime
from service.devkit.bench.sample_edition import (
    LONGEST,
    SHORTEST,
    DigestSize,
    EditionFactory,
    check_size,
)
from service.editions.find import recent_editions
from service.kit.errors import Invalid


@pytest.mark.parametrize("kilobytes", [16, 40, 80])
def test_a_mail_has_the_size_that_was_asked_for(runtime: Runtime, kilobytes: int) -> None:
    press = EditionFactory(runtime)

    shape = press.find_shape(kilobytes * 1024)

    assert len(press.sample(shape)) == pytest.approx(kilobytes * 1024, rel=0.02)


def test_looking_for_the_size_leaves_no_edition_behind(runtime: Runtime) -> None:
    press = EditionFactory(runtime)

    press.find_shape(20_000)

    with runtime.begin() as session:
        assert recent_editions(session) == []


@pytest.mark.parametrize("kilobytes", [0, 15, 91])
def test_a_size_that_no_digest_has_is_refused(kilobytes: int) -> None:
    with pytest.raises(Invalid, match="between 16 and 90 KB"):
        check_size(kilobytes)


@given(articles=st.integers(1, 40), extra=st.integers(0, 20_000))
def test_letters_are_shared_out_among_the_summaries(articles: int, extra: int) -> None:
    letters = articles * SHORTEST + min(extra, articles * (LONGEST - SHORTEST))

    lengths = [len(each) for each in DigestSize(articles=articles, letters=letters).summaries()]

    assert sum(lengths) == letters
    assert all(SHORTEST <= length <= LONGEST for length in lengths)
