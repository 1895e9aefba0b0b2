"""A word of a list: its member in Python, text in the database, and no other word."""

from datetime import time

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from service.kit.db import Begin
from service.newsletters.frequency import Frequency
from service.newsletters.tables import Newsletter
from tests.builders import a_newsletter
from tests.conftest import FakeClock


def test_a_stored_word_comes_back_as_its_member(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        a_newsletter(session, now=clock(), weekly_at=time(7), default_frequency=Frequency.WEEKLY)
    with begin() as session:
        assert session.scalar(select(Newsletter.default_frequency)) is Frequency.WEEKLY
        assert session.scalar(text("SELECT default_frequency FROM newsletter")) == "weekly"


def test_another_word_is_refused_twice(begin: Begin, clock: FakeClock) -> None:
    """By the type, where code is wrong, and by the database, where SQL is."""
    with begin() as session:
        a_newsletter(session, now=clock())
    with pytest.raises(StatementError, match="hourly"), begin() as session:
        session.execute(update(Newsletter).values({"default_frequency": "hourly"}))
    with pytest.raises(IntegrityError, match="default_frequency"), begin() as session:
        session.execute(text("UPDATE newsletter SET default_frequency = 'hourly'"))
