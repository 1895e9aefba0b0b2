"""The read model of a newsletter: which sections a mask names."""

import pytest

from service.kit.db import Begin
from service.newsletters import catalogue
from service.newsletters.details import NewsletterDetails
from tests.builders import a_draft, a_newsletter
from tests.conftest import FakeClock


@pytest.fixture
def with_a_retired_section(begin: Begin, clock: FakeClock) -> NewsletterDetails:
    with begin() as session:
        a_newsletter(session, "Politique", "Culture", "Sport", now=clock.now)
        return catalogue.edit(session, "le-matin", a_draft("Politique", "Sport"), now=clock.now)


def test_a_retired_section_can_no_longer_be_chosen(
    with_a_retired_section: NewsletterDetails,
) -> None:
    current = with_a_retired_section.current_sections

    assert [section.name for section in current] == ["Politique", "Sport"]
    assert len(with_a_retired_section.sections) == 3


@pytest.mark.parametrize(
    ("mask", "current", "with_retired"),
    [
        (None, None, None),
        (0b110, ["Sport"], ["Culture", "Sport"]),
        (0b010, [], ["Culture"]),
        (0, [], []),
    ],
)
def test_a_section_mask_is_named_with_or_without_retired_sections(
    with_a_retired_section: NewsletterDetails,
    mask: int | None,
    current: list[str] | None,
    with_retired: list[str] | None,
) -> None:
    names = with_a_retired_section.section_names(mask, also_retired=True)

    assert with_a_retired_section.section_names(mask) == current
    assert names == with_retired if names is None else sorted(names) == with_retired
