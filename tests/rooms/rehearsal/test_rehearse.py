"""A rehearsal tells the truth: what it says of the coming week is what the week then brings."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from service.articles.tables import Article
from service.delivery.guard import sending_guard
from service.editions import build, drafts, plan
from service.editions.lifecycle import EditionState
from service.editions.tables import Edition, EditionArticle
from service.kit.db import Begin, Session
from service.kit.errors import Invalid
from service.newsletters import closed_dates
from service.newsletters.holidays import Holiday
from service.newsletters.limits import ThinEditions
from service.rehearsal.rehearse import rehearse
from service.rehearsal.rehearsed import Rehearsal, RehearsedEdition, SlotStatus
from tests.builders import a_newsletter, an_article
from tests.rooms.rehearsal.one_week import NOW, URL, a_paper, news_of_a_week

SECTIONS = ("Politique", "Sport", "Culture")
WEEK = timedelta(weeks=1)

Story = tuple[str, str, str, tuple[str, ...]]
"""Slot, series, what became of it, and the headlines of its articles in their order."""


def rehearsed(begin: Begin, now: datetime, **changes: Any) -> Rehearsal:
    return rehearse(begin, public_url=URL, now=now, **changes)


def write_news(
    begin: Begin, chance: random.Random, zone: ZoneInfo, *, since: datetime, until: datetime
) -> None:
    """Articles at all hours, more by day than by night; some are found long after they appeared."""
    at = since
    with begin() as session:
        while (at := at + timedelta(minutes=chance.randint(20, 500))) < until:
            published = at - timedelta(minutes=chance.randint(0, 2_000))
            an_article(
                session, chance.choice([*SECTIONS, "Météo"]), seen=at, published_at=published
            )


def repeat_news(begin: Begin, zone: ZoneInfo, *, since: datetime, until: datetime) -> None:
    """The same articles a week later, at the same local times."""
    with begin() as session:
        came = session.scalars(
            select(Article)
            .where(Article.first_seen_at >= since, Article.first_seen_at < until)
            .order_by(Article.id)
        ).all()
        for each in came:
            wall = each.first_seen_at.astimezone(zone).replace(tzinfo=None)
            seen = (wall + WEEK).replace(tzinfo=zone).astimezone(UTC)
            moved = seen - each.first_seen_at
            an_article(
                session,
                each.section or "",
                seen=seen,
                title=each.title,
                published_at=each.published_at and each.published_at + moved,
            )


def run_slots(begin: Begin, instants: Sequence[datetime]) -> list[int]:
    """Let the scheduler and the builder do what they do at each slot."""
    made = []
    for now in sorted(set(instants)):
        with begin() as session:
            drafts.open_drafts(session, now=now)
            for edition_id in plan.plan_due(session, now=now):
                build.select_articles(session, edition_id, now=now)
                build.freeze(session, edition_id, now=now)
                made.append(edition_id)
    return made


def what_happened(begin: Begin, edition_ids: Sequence[int]) -> list[Story]:
    with begin() as session:
        stories = []
        for each in session.scalars(select(Edition).where(Edition.id.in_(edition_ids))):
            titles = session.execute(
                select(Article.title, EditionArticle.section_id, EditionArticle.position)
                .join(EditionArticle, EditionArticle.article_id == Article.id)
                .where(EditionArticle.edition_id == each.id)
                .order_by(EditionArticle.section_id, EditionArticle.position)
            )
            status = each.note.key if each.state is EditionState.SKIPPED and each.note else "sent"
            slot = f"{each.slot_date} {each.slot_time:%H:%M}"
            stories.append((slot, str(each.frequency), status, tuple(row.title for row in titles)))
        return sorted(stories)


def what_was_said(editions: Sequence[RehearsedEdition]) -> list[Story]:
    return sorted(
        (
            str(each.slot),
            str(each.frequency),
            "sent" if each.status is SlotStatus.SENT else each.notes[0].message.key,
            tuple(article.frozen.title for article in each.articles),
        )
        for each in editions
        if each.status is not SlotStatus.HOLIDAY
        and not (each.notes and each.notes[0].message.key == "rehearsal.same_series")
    )


CASES: Mapping[str, tuple[str, datetime, dict[str, Any]]] = {
    "plain": ("Africa/Abidjan", datetime(2026, 11, 30, 12, tzinfo=UTC), {}),
    "limits": (
        "Europe/Paris",
        datetime(2026, 11, 30, 12, tzinfo=UTC),
        {"articles_per_section": 2, "least_per_section": 2, "most_articles": 4},
    ),
    "thin ones wait": (
        "Europe/Paris",
        datetime(2026, 11, 30, 12, tzinfo=UTC),
        {"least_articles": 4, "least_per_section": 2},
    ),
    "thin ones are skipped": (
        "Europe/Paris",
        datetime(2026, 11, 30, 12, tzinfo=UTC),
        {"least_articles": 4, "thin_editions": ThinEditions.SKIP, "articles_per_section": 3},
    ),
    # The clocks change on 29 March, 8 March, 4 and 5 April.
    "forward in Paris": ("Europe/Paris", datetime(2026, 3, 26, 12, tzinfo=UTC), {}),
    "back in Paris": ("Europe/Paris", datetime(2026, 10, 22, 12, tzinfo=UTC), {}),
    "forward in New York": ("America/New_York", datetime(2026, 3, 5, 12, tzinfo=UTC), {}),
    "back in New York": ("America/New_York", datetime(2026, 10, 29, 12, tzinfo=UTC), {}),
    "half an hour back on Lord Howe": (
        "Australia/Lord_Howe",
        datetime(2026, 4, 2, 12, tzinfo=UTC),
        {"least_articles": 3},
    ),
    "half an hour forward on Lord Howe": (
        "Australia/Lord_Howe",
        datetime(2026, 10, 1, 12, tzinfo=UTC),
        {},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_week_brings_what_the_rehearsal_said(begin: Begin, case: str) -> None:
    """Edition by edition and article by article, in all three series, after a week that was run."""
    zone_name, now, changes = CASES[case]
    zone, chance = ZoneInfo(zone_name), random.Random(case)
    with begin() as session:
        paper = a_newsletter(
            session,
            *SECTIONS,
            now=now - 3 * WEEK,
            time_zone=zone_name,
            days=(1, 2, 3, 4, 5, 6, 7),
            # 02:15 does not exist, or exists twice, on the day of a change; where it does not, it
            # falls on another of these.
            times=(time(2, 15), time(2, 45), time(3, 15), time(17)),
            daily_at=time(18),
            weekly_on=7,
            weekly_at=time(9),
            **changes,
        )
        monday = now.astimezone(zone).date() + timedelta(days=5)
        closed_dates.add_holidays(
            session, paper.id, [Holiday(first_on=monday, last_on=monday)], now=now
        )
    write_news(begin, chance, zone, since=now - 2 * WEEK, until=now)
    run_slots(begin, [each.slot.instant for each in rehearsed(begin, now - WEEK).editions])

    rehearsal = rehearsed(begin, now)

    repeat_news(begin, zone, since=now - WEEK, until=now)
    made = run_slots(begin, [each.slot.instant for each in rehearsal.editions])
    said = what_was_said(rehearsal.editions)
    assert said == what_happened(begin, made)
    assert sum(1 for each in said if each[2] == "sent") >= 8


def test_every_transaction_only_reads(begin: Begin) -> None:
    """PostgreSQL refuses a write of any kind: a row, a lock on one, a job in the outbox."""
    a_paper(begin)
    news_of_a_week(begin)
    ended = []

    @contextmanager
    def watched() -> Iterator[Session]:
        with begin() as session:
            yield session
            ended.append(session.scalar(text("SHOW transaction_read_only")))

    found = rehearse(watched, public_url=URL, now=NOW)

    assert len(found.editions) == 7
    assert ended == ["on", "on"]


def test_no_transaction_is_open_while_messages_are_rendered(begin: Begin) -> None:
    """PostgreSQL ends one that is idle for ten seconds, and a rehearsal may render for longer."""
    for number in range(3):
        a_paper(begin, slug=f"lettre-{number}")
    news_of_a_week(begin)
    order: list[str] = []

    @contextmanager
    def watched() -> Iterator[Session]:
        with begin() as session:
            order.append("begin")
            yield session
        order.append("end")

    rehearse(
        watched,
        public_url=URL,
        now=NOW,
        progress=lambda done, of: order.append(f"{done} of {of}"),
    )

    assert order == [
        *("begin", "end"),
        *("0 of 3", "begin", "end"),
        *("1 of 3", "begin", "end"),
        *("2 of 3", "begin", "end"),
        "3 of 3",
    ]


def test_only_so_many_messages_are_rendered_as_are_asked_for(begin: Begin) -> None:
    """A page has seconds, and a command has minutes."""
    for number in range(2):
        a_paper(begin, slug=f"lettre-{number}")
    news_of_a_week(begin)

    editions = rehearsed(begin, NOW, most_rendered=8).editions

    assert sum(1 for each in editions if each.size is not None) == 8


@pytest.mark.parametrize("days", [0, 32])
def test_a_month_is_the_most(begin: Begin, days: int) -> None:
    with pytest.raises(Invalid, match="between 1 and 31 days"):
        rehearsed(begin, NOW, days=days)


def test_a_copy_of_a_database_says_that_nothing_goes_out(begin: Begin) -> None:
    with begin() as session:
        sending_guard.disable_sending(session, now=NOW)

    [note] = rehearsed(begin, NOW).notes

    assert (note.message.key, note.warns) == ("rehearsal.sending_disabled", True)
