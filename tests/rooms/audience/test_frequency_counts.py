"""How many readers a change of a newsletter's digests affects."""

from service.audience.frequency_counts import stranded_readers
from service.kit.db import Begin
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter, a_reader
from tests.conftest import FakeClock

EACH, DAILY, WEEKLY = Frequency


def test_active_readers_of_what_is_not_offered_are_counted(begin: Begin, clock: FakeClock) -> None:
    """Readers who have left or not confirmed get nothing, so that no change affects them."""
    with begin() as session:
        paper = a_newsletter(session, now=clock())
        other = a_newsletter(session, now=clock(), slug="le-soir")
        for frequency in (EACH, WEEKLY, WEEKLY):
            a_reader(session, paper, now=clock(), frequency=frequency)
        a_reader(session, paper, now=clock(), frequency=WEEKLY, state="ended")
        a_reader(session, paper, now=clock(), frequency=DAILY, state="pending")
        a_reader(session, other, now=clock(), frequency=DAILY)

        stranded = stranded_readers(session, paper.id, (EACH, DAILY))
        nobody = stranded_readers(session, paper.id, (EACH, WEEKLY))

    assert stranded == {WEEKLY: 2}
    assert nobody == {}
