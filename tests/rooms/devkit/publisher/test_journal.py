"""What the local publisher has published, and when the next article appears."""

from datetime import timedelta
from pathlib import Path

from service.devkit.publisher.journal import ArticleChange, PublishingJournal
from tests.rooms.devkit.publisher.conftest import EVERY, NOW


def test_an_article_appears_every_interval(press: PublishingJournal) -> None:
    before = len(press.entries(0))

    press.advance(NOW + EVERY - timedelta(seconds=1))
    none_yet = len(press.entries(0))
    press.advance(NOW + 3 * EVERY)

    fresh = [entry for entry in press.entries(before) if entry.event is ArticleChange.PUBLISHED]
    assert none_yet == before
    assert [entry.at for entry in fresh] == [NOW + EVERY, NOW + 2 * EVERY, NOW + 3 * EVERY]


def test_it_goes_on_where_it_was_after_a_restart(press: PublishingJournal, tmp_path: Path) -> None:
    press.advance(NOW + 5 * EVERY)
    told = press.entries(0)
    later = NOW + timedelta(days=2)

    again = PublishingJournal(tmp_path / "site", every=EVERY, now=later)
    again.advance(later + EVERY)

    assert again.entries(0)[: len(told)] == told
    assert again.entries(len(told))[0].at == later + EVERY
    assert again.article(2) == press.article(2)


def test_a_line_that_a_kill_cut_short_is_dropped(press: PublishingJournal, tmp_path: Path) -> None:
    told = press.entries(0)
    journal = tmp_path / "site" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"event": "publ')

    again = PublishingJournal(tmp_path / "site", every=EVERY, now=NOW)
    again.advance(NOW + EVERY)
    third = PublishingJournal(tmp_path / "site", every=EVERY, now=NOW)

    assert again.entries(0)[: len(told)] == told
    assert third.entries(0) == again.entries(0)


def test_headlines_stay_distinct_when_the_stories_start_again(press: PublishingJournal) -> None:
    press.advance(NOW + 190 * EVERY)

    paths = [article.path for article in press.articles("fr")]
    titles = [article.title for article in press.articles("fr")]
    assert len(titles) > 80
    assert len(set(titles)) == len(titles)
    assert len(set(paths)) == len(paths)
