"""Editions of several series in the console: named, folded, explained, sent to one of them."""

from datetime import time
from typing import Any

import pytest

from service.accounts.roles import Role
from service.boot import Runtime
from service.editions.find import get_edition, recent_editions
from service.editions.tables import Edition
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from tests.builders import a_newsletter, a_reader, store_row
from tests.rooms.web.signed_in import an_operator

SEND = "/console/newsletters/le-matin/send"


@pytest.fixture
def paper(runtime: Runtime) -> NewsletterDetails:
    with runtime.begin() as session:
        made = a_newsletter(
            session, now=runtime.clock(), days=(1,), times=(time(7),), weekly_at=time(9)
        )
        for frequency in (Frequency.EACH, Frequency.WEEKLY, Frequency.WEEKLY):
            a_reader(session, made, now=runtime.clock(), frequency=frequency)
        return made


def an_edition(runtime: Runtime, paper: NewsletterDetails, key: str, **columns: Any) -> int:
    now = runtime.clock()
    with runtime.begin() as session:
        return store_row(
            session,
            Edition,
            key=key,
            newsletter_id=paper.id,
            slot_date=now.date(),
            slot_time=time(9),
            origin="schedule",
            state="skipped",
            window_to=now,
            planned_at=now,
            finished_at=now,
            **columns,
        )


def test_catch_up_editions_are_folded_and_explained(
    runtime: Runtime, paper: NewsletterDetails
) -> None:
    """An operator who sees two editions in a slot would think that readers got it twice."""
    before = an_edition(runtime, paper, "a")
    main = an_edition(runtime, paper, "b", frequency="weekly")
    own = an_edition(
        runtime, paper, "c", frequency="weekly", previous_edition_id=before, readers=14
    )
    browser = an_operator(runtime, locale="en")

    listed = browser.get("/console/editions").text
    shown = browser.get(f"/console/editions/{main}").text
    explained = browser.get(f"/console/editions/{own}").text

    folded = "+ 1 catch-up edition, 14 readers who changed their frequency"
    assert listed.count(folded) == 1
    assert listed.count(f'href="/console/editions/{own}"') == 1, "under its slot's edition only"
    assert "Weekly digest" in listed
    assert "Each edition" in listed
    assert folded in shown
    assert "A catch-up edition: it is for readers who have changed their frequency" in explained
    assert f'href="/console/editions/{before}"' in explained


def test_sending_now_asks_which_readers(runtime: Runtime, paper: NewsletterDetails) -> None:
    """Weekly readers should not get an edition because the others need one."""
    browser = an_operator(runtime, Role.EDITOR, locale="en")

    question = browser.get(SEND).text
    wrong = browser.post(SEND, data={"frequency": "daily"})
    with runtime.begin() as session:
        assert recent_editions(session) == []
    answer = browser.post(SEND, data={"frequency": "weekly"})

    assert "Every edition: 1 reader" in question
    assert "Weekly digest: 2 readers" in question
    assert 'value="each" checked' in question
    assert wrong.headers["location"] == SEND
    number = int(answer.headers["location"].rpartition("/")[2])
    with runtime.begin() as session:
        assert get_edition(session, number).frequency is Frequency.WEEKLY
