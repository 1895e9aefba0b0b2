"""Which addresses share the limits of one mailbox."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from service.audience.mailbox_aliases import mailbox_of
from service.kit.db import Begin
from tests.conftest import FakeClock
from tests.rooms.audience.conftest import Desk


@pytest.mark.parametrize(
    ("key", "mailbox"),
    [
        ("a.w.a@gmail.com", "awa@gmail.com"),
        ("awa+news@gmail.com", "awa@gmail.com"),
        ("a.wa+x+y@googlemail.com", "awa@gmail.com"),
        ("awa+news@example.org", "awa@example.org"),
        ("a.wa@example.org", "a.wa@example.org"),
        ("a.wa+news@outlook.com", "a.wa@outlook.com"),
        ("awa-news@yahoo.fr", "awa@yahoo.fr"),
        ("awa-kone@orange.fr", "awa-kone@orange.fr"),
        ("a_w-a.x+y@pm.me", "awax@proton.me"),
        ("awa+x@me.com", "awa@icloud.com"),
        ("+news@example.org", "+news@example.org"),
        ("...@gmail.com", "...@gmail.com"),
    ],
)
def test_aliases_lead_to_one_mailbox(key: str, mailbox: str) -> None:
    assert mailbox_of(key) == mailbox


def test_aliases_of_a_mailbox_share_its_mails_of_a_day(desk: Desk, clock: FakeClock) -> None:
    def dotted(number: int) -> str:
        name = "awakone"
        return f"{name[:number]}.{name[number:]}+{number}@googlemail.com"

    first = [desk.sign_up(dotted(number)) for number in range(1, 6)]
    second = [desk.sign_up(f"awakone+{number}@gmail.com") for number in range(7)]
    other = desk.sign_up("awa.kone@example.org")
    clock.advance(days=1)
    next_day = desk.sign_up("awakone+9@gmail.com")

    sent = [due is not None for due in (*first, *second)]
    assert sent == [True] * 10 + [False] * 2
    assert other is not None
    assert next_day is not None


def test_of_aliases_that_come_at_once_no_more_get_a_mail(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: desk.sign_up(f"awa+{n}@gmail.com"), range(24)))

    assert sum(due is not None for due in found) == 10


def test_what_was_counted_is_forgotten_after_a_day(
    desk: Desk, begin: Begin, clock: FakeClock
) -> None:
    for number in range(5):
        desk.sign_up(f"reader{number}@example.org")
    clock.advance(days=1, seconds=1)
    desk.sign_up("awa@example.org")

    with begin() as session:
        assert session.execute(text("SELECT count(*) FROM mailbox_mails")).scalar_one() == 1
