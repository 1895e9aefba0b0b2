"""Matching: aliases are evidence, and headline and time may contradict them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from service.articles.identity import aliases_of
from service.articles.match import MatchResult, StoredIdentity, match_articles, match_moved_site
from service.articles.parsed_article import ParsedArticle

FEED = 3
NOON = datetime(2023, 2, 8, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def article(title: str = "Un titre", *, guid: str | None = None, **more: object) -> ParsedArticle:
    return ParsedArticle(title=title, guid=guid, **more)  # type: ignore[arg-type]  # Named by each test.


def stored(
    title: str = "Un titre", *, at: datetime | None = NOON, text: str = ""
) -> StoredIdentity:
    return StoredIdentity(title=title, summary=text, published=at, feed_id=FEED)


def match(
    *articles: ParsedArticle, owners: Mapping[str, int], known: Mapping[int, StoredIdentity]
) -> MatchResult:
    aliases = [aliases_of(each, feed_id=FEED) for each in articles]
    return match_articles(articles, aliases, owners=owners, known=known, shared=(), feed_id=FEED)


def test_a_known_strong_alias_identifies_the_article() -> None:
    found = match(
        article("Un titre corrigé", guid="1"), owners={f"guid:{FEED}:1": 10}, known={10: stored()}
    )

    assert found.ids == [10]


def test_an_alias_is_doubted_when_headline_and_time_both_differ() -> None:
    """A site numbers its guids anew: the next article gets the number of an old one."""
    other = article(
        "Autre chose", guid="1", url="https://courrier.example/neuf", published=NOON + HOUR
    )

    found = match(other, owners={f"guid:{FEED}:1": 10}, known={10: stored()})

    assert found == MatchResult(ids=[None], shared={f"guid:{FEED}:1"})


def test_new_aliases_with_the_same_headline_and_minute_are_the_same_article() -> None:
    moved = article(guid="new", published=NOON)
    weak = aliases_of(moved, feed_id=FEED).title_day

    assert match(moved, owners={weak: 10}, known={10: stored()}).ids == [10]
    assert match(moved, owners={weak: 10}, known={10: stored(at=NOON + HOUR)}).ids == [None]


def test_two_aliases_of_different_articles_lead_to_the_one_with_the_headline() -> None:
    parsed = article(guid="1", url="https://courrier.example/un")
    _, url = aliases_of(parsed, feed_id=FEED).strong()

    found = match(
        parsed,
        owners={f"guid:{FEED}:1": 10, url: 11},
        known={10: stored("Autre chose"), 11: stored()},
    )

    assert found.ids == [11]


def test_a_site_that_moved_is_matched_by_headline_and_summary() -> None:
    articles = [article(f"Titre {n}", summary=f"Chapeau {n}.") for n in range(4)]
    namesakes = {n: stored(f"Titre {n}", text=f"Chapeau {n}.") for n in range(4)}

    assert match_moved_site(articles, [None] * 4, namesakes=namesakes) == [0, 1, 2, 3]


def test_three_articles_are_too_few_for_a_move() -> None:
    articles = [article(f"Titre {n}", summary=f"Chapeau {n}.") for n in range(3)]
    namesakes = {n: stored(f"Titre {n}", text=f"Chapeau {n}.") for n in range(3)}

    assert match_moved_site(articles, [None] * 3, namesakes=namesakes) == [None] * 3
