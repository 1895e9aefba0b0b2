"""The frequency that an operator names is one that the newsletter offers."""

from datetime import time

import pytest

from service.cli.frequency_option import require_offered
from service.kit.db import Begin
from service.kit.errors import Invalid
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter
from tests.conftest import FakeClock


def test_what_is_not_offered_is_refused_with_what_is(begin: Begin, clock: FakeClock) -> None:
    """A reader of a frequency that is not offered would wait for ever."""
    with begin() as session:
        paper = a_newsletter(session, now=clock(), daily_at=time(18), default_frequency="daily")

    require_offered(None, paper)
    require_offered(Frequency.DAILY, paper)
    with pytest.raises(Invalid, match="does not offer “weekly”; it offers: daily"):
        require_offered(Frequency.WEEKLY, paper)
