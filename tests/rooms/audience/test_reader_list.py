"""Lists of readers, page by page."""

from service.audience import reader_list
from service.audience.lifecycle import SubscriptionState
from tests.rooms.audience.conftest import Desk


def test_readers_are_listed_in_pages_and_found_by_a_part_of_the_address(desk: Desk) -> None:
    for name in ("awa", "kofi", "aminata", "yao", "a_b"):
        desk.sign_up(f"{name}@example.org")

    with desk.begin() as session:
        first = reader_list.list_readers(session, newsletter_id=desk.newsletter.id, size=3)
        rest = reader_list.list_readers(
            session, newsletter_id=desk.newsletter.id, size=3, after=first.after
        )
        found = reader_list.list_readers(session, search="A_")
        active = reader_list.list_readers(session, state=SubscriptionState.ACTIVE)

    assert [each.address for each in (*first.rows, *rest.rows)] == [
        f"{name}@example.org" for name in ("a_b", "yao", "aminata", "kofi", "awa")
    ]
    assert rest.after is None
    assert [each.address for each in found.rows] == ["a_b@example.org"]
    assert active.rows == []
