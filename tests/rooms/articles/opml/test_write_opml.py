"""What is exported can be imported, here and in a feed reader."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from service.articles.opml.parse_opml import parse_opml
from service.articles.opml.write_opml import write_opml
from service.articles.read_models import FeedDetails
from tests.rooms.articles.opml.feeds import a_feed

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
NAMES = {"economie": "Économie & société"}


def written(*feeds: FeedDetails) -> bytes:
    return write_opml(feeds, title="Le <Matin>", section_names=NAMES, created_at=NOW)


def test_a_file_has_the_head_and_the_folders_of_opml() -> None:
    """opml.org/spec2.opml: title and RFC 822 date in the head, type and xmlUrl at each feed."""
    text = written(a_feed("/une"), a_feed("/eco", section_key="economie")).decode()

    assert '<opml version="2.0">' in text
    assert "<title>Le &lt;Matin&gt;</title>" in text
    assert "<dateCreated>Wed, 08 Feb 2023 06:00:00 +0000</dateCreated>" in text
    assert 'type="rss"' in text
    assert '<outline text="Économie &amp; société">' in text


@given(
    st.lists(
        st.tuples(st.text(max_size=20), st.sampled_from([None, "economie", "partie"])), max_size=5
    )
)
def test_what_is_written_is_read_again(feeds: list[tuple[str, str | None]]) -> None:
    """Whatever a site calls itself: address and folder come back."""
    given_feeds = [
        replace(a_feed(f"/{n}?a=1&b=2"), title=title, section_key=section)
        for n, (title, section) in enumerate(feeds)
    ]

    found = parse_opml(written(*given_feeds))

    assert {(each.url, each.folders) for each in found} == {
        (feed.url, (NAMES.get(feed.section_key, feed.section_key),) if feed.section_key else ())
        for feed in given_feeds
    }
