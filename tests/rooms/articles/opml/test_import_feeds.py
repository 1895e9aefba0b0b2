"""Feeds come in from a file once, in their sections, and what does not is named by its line."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from service.articles import find
from service.articles.feeds.poll import add_feed
from service.articles.opml.import_feeds import (
    ImportedFeed,
    ImportState,
    import_feeds,
    plan_import,
    read_feeds,
)
from service.kit.db import Begin
from service.kit.errors import OperationRefused
from service.newsletters.details import NewsletterDetails
from tests.builders import a_newsletter

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
FILE = b"""<opml version="2.0"><body>
<outline text="Une" xmlUrl="https://courrier.example/une?utm_source=x"/>
<outline text="Presse"><outline text="\xc3\x89conomie">
<outline text="Eco" xmlUrl="https://courrier.example/eco"/></outline>
<outline text="Une encore" xmlUrl="https://courrier.example/une"/></outline>
<outline text="Ancien" xmlUrl="https://courrier.example/ancien"/>
<outline text="Dedans" xmlUrl="http://127.0.0.1/rss"/>
<outline text="Fichier" xmlUrl="file:///etc/passwd"/>
<outline text="Secret" xmlUrl="https://a:b@courrier.example/rss"/>
<outline text="WordPress" xmlUrl="https://blog.example/wp-json/"/>
</body></opml>"""


@pytest.fixture
def session(begin: Begin) -> Iterator[Session]:
    with begin() as opened:
        yield opened


@pytest.fixture
def paper(session: Session) -> NewsletterDetails:
    newsletter = a_newsletter(session, "Économie", "Presse", now=NOW)
    add_feed(session, "https://courrier.example/ancien", newsletter_id=newsletter.id, now=NOW)
    return newsletter


def states(feeds: list[ImportedFeed]) -> dict[int, str]:
    return {each.line: each.state.value for each in feeds}


EXPECTED = {
    2: "new",
    4: "new",
    5: "twice",
    6: "known",
    7: "refused",
    8: "refused",
    9: "refused",
    10: "new",
}


def test_a_plan_says_what_becomes_of_each_feed_and_stores_nothing(
    session: Session, paper: NewsletterDetails
) -> None:
    """By line, so that an operator finds it in the file."""
    planned = plan_import(session, paper, read_feeds(FILE))

    assert states(planned) == EXPECTED
    assert "line 2" in str(planned[2].reason)
    assert all(each.reason for each in planned if each.state is not ImportState.NEW)
    assert len(find.list_feeds(session)) == 1


def test_feeds_are_stored_in_the_section_of_their_innermost_folder(
    session: Session, paper: NewsletterDetails
) -> None:
    """“Économie” inside “Presse” is Économie; a folder that is no section is none."""
    imported = import_feeds(session, paper, read_feeds(FILE), now=NOW)

    stored = {feed.url: feed for feed in find.list_feeds(session)}
    assert states(imported) == EXPECTED
    assert stored["https://courrier.example/eco"].section_key == "economie"
    assert stored["https://courrier.example/une"].section_key is None
    assert stored["https://courrier.example/une"].title == "Une"
    assert stored["https://blog.example/wp-json/wp/v2/posts"].kind == "wordpress"
    assert {each.feed_id for each in imported if each.feed_id} == {
        feed.id for feed in stored.values() if not feed.url.endswith("ancien")
    }


def test_importing_again_adds_nothing(session: Session, paper: NewsletterDetails) -> None:
    """A file is imported twice by mistake, or after it was extended."""
    import_feeds(session, paper, read_feeds(FILE), now=NOW)

    again = import_feeds(session, paper, read_feeds(FILE), now=NOW)

    assert ImportState.NEW not in {each.state for each in again}
    assert len(find.list_feeds(session)) == 4


def test_first_polls_are_spread(session: Session, paper: NewsletterDetails) -> None:
    """Five hundred feeds at one instant would be a burst, often to one site."""
    import_feeds(session, paper, read_feeds(FILE), now=NOW)

    due = [feed.next_poll_at for feed in find.list_feeds(session)]
    assert len(set(due)) >= 3
    assert max(due) < NOW.replace(minute=5)


def test_a_file_without_feeds_is_refused() -> None:
    """The operator has chosen the wrong file."""
    with pytest.raises(OperationRefused, match="lists no feed"):
        read_feeds(b"<opml><body><outline text='x'/></body></opml>")


def test_a_program_gets_each_feed_as_json(session: Session, paper: NewsletterDetails) -> None:
    """The reason has a key, as everywhere."""
    refused = plan_import(session, paper, read_feeds(FILE))[4].to_json()

    assert (refused["line"], refused["state"], refused["id"]) == (7, "refused", None)
    assert refused["reason_key"] == "fetch.private_network"
