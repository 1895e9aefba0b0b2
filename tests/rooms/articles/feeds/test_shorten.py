"""A feed that is too long keeps its newest items, and stays a feed."""

from service.articles.feeds.shorten import count_items, shorten


def item(day: int) -> bytes:
    return f"<item><title>{day}</title><pubDate>2023-02-{day:02}</pubDate></item>".encode()


def feed(*items: bytes) -> bytes:
    return b"<rss><channel>" + b"".join(items) + b"</channel></rss>"


def test_a_short_feed_is_unchanged() -> None:
    data = feed(item(1), item(2))

    assert shorten(data, most=2) == data
    assert count_items(data) == 2


def test_the_newest_items_are_kept_in_their_order() -> None:
    data = feed(item(3), item(9), item(1), item(8))

    assert shorten(data, most=2) == feed(item(9), item(8))


def test_a_feed_that_was_cut_is_closed_without_its_last_item() -> None:
    cut = feed(item(3), item(2), item(1))[:-60]

    assert shorten(cut, most=9, cut=True) == feed(item(3), item(2))


def test_room_limits_the_size_of_the_items() -> None:
    large = b"<item><pubDate>2023-02-09</pubDate>" + b" " * 500 + b"</item>"

    assert shorten(feed(large, item(2)), most=9, room=200) == feed(item(2))


def test_a_feed_without_items_is_cut_to_its_room() -> None:
    assert shorten(b"{}" * 100, most=5) == b"{}" * 100
    assert shorten(b"{}" * 100, most=5, room=10) == b"{}" * 5
