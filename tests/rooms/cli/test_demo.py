"""What `crieur demo` has ready before its story begins; the story is a journey of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli.demo import BRIEF_EVERY_MINUTES, prepare_demo
from service.devkit.demo.fixtures import BRIEF, MATIN
from service.devkit.embedded_claims import temporary_data_dir
from service.newsletters import catalogue


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with temporary_data_dir() as path:
        yield path


def test_a_second_start_goes_on_with_what_the_first_one_made(data_dir: Path) -> None:
    """Readers who signed up yesterday are not signed up again today."""
    found = []
    for _ in range(2):
        with prepare_demo(data_dir, once=False) as demo, demo.runtime.begin() as session:
            newsletters = catalogue.list_newsletters(session)
            found.append((demo.is_new, {each.slug: each.id for each in newsletters}))

    (first, made), (second, kept) = found
    assert (first, second) == (True, False)
    assert set(made) == {MATIN.slug, BRIEF.slug}
    assert made == kept


def test_a_visitor_waits_minutes_for_an_edition_and_the_story_waits_for_none(
    data_dir: Path,
) -> None:
    """The unattended story sets each slot itself, and would be sent twice by a schedule."""
    slots = {}
    for once in (False, True):
        folder = data_dir / str(once)
        with prepare_demo(folder, once=once) as demo, demo.runtime.begin() as session:
            slots[once] = {
                each.slug: len(each.times) for each in catalogue.list_newsletters(session)
            }

    assert slots[False] == {MATIN.slug: 1, BRIEF.slug: 24 * 60 // BRIEF_EVERY_MINUTES}
    assert slots[True] == {MATIN.slug: 0, BRIEF.slug: 0}


def test_the_inbox_is_the_first_to_start_and_the_publisher_the_last(data_dir: Path) -> None:
    """A message may be handed over, and an event pushed, as soon as there is somebody to do it."""
    with prepare_demo(data_dir, once=True) as demo:
        names = [each.name for each in demo.commands]

    assert names == ["inbox", "web", "worker", "scheduler", "inbound", "publisher"]
