"""A script finds in the inbox what a person would see there."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.devkit.demo.inbox_view import InboxView, wait_until
from service.devkit.inbox.pages import make_app
from service.devkit.inbox.store import MessageStore
from service.kit.errors import Unavailable
from tests.rooms.devkit.conftest import serving

NOW = datetime(2023, 2, 8, 6, 0, tzinfo=UTC)
RAW = (
    b"Subject: L'essentiel\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b'<a href="https://golfe.example/a">Lire</a>'
    b'<a href="https://crieur.test/preferences/abc">Choisir</a>\r\n'
)


@pytest.fixture
def store(tmp_path: Path) -> MessageStore:
    return MessageStore(tmp_path / "inbox")


@pytest.fixture
def inbox(store: MessageStore) -> Iterator[InboxView]:
    with serving(make_app(store)) as client:
        yield InboxView(f"http://127.0.0.1:{client.port}")


def keep(store: MessageStore, to: str) -> int:
    return store.add(RAW, sender="b@bounces.test", recipients=[to], at=NOW).id


def test_a_readers_messages_come_oldest_first_and_only_theirs(
    inbox: InboxView, store: MessageStore
) -> None:
    """The last one is the digest that is answered; another reader's would be the wrong click."""
    first = keep(store, "aya@example.org")
    keep(store, "kofi@example.org")
    second = keep(store, "aya@example.org")

    assert [mail["id"] for mail in inbox.mails_to("aya@example.org")] == [first, second]
    assert [mail["id"] for mail in inbox.mails_to("aya@example.org", after=first)] == [second]
    assert inbox.last() == second


def test_an_empty_inbox_has_no_last_message(inbox: InboxView) -> None:
    """The scenario begins with this number: every message counts as new after it."""
    assert inbox.last() == 0
    assert inbox.mails_to("aya@example.org") == []


def test_a_link_is_found_by_a_part_of_its_address(inbox: InboxView, store: MessageStore) -> None:
    """Its words differ by language, its address does not."""
    number = keep(store, "aya@example.org")

    assert inbox.link(number, "/preferences/") == "https://crieur.test/preferences/abc"
    with pytest.raises(Unavailable, match=f"Mail {number} has no link with “/confirm/” in it"):
        inbox.link(number, "/confirm/")


def test_waiting_ends_with_the_first_answer_even_after_errors() -> None:
    """A daemon that is still starting refuses connections, which is no reason to give up."""
    answers = iter([Unavailable("not yet"), None, 0])

    def look() -> int | None:
        answer = next(answers)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    assert wait_until("a number", look, patience=30) == 0


@pytest.mark.parametrize("error", [None, Unavailable("away")])
def test_waiting_in_vain_names_what_was_missing(error: Unavailable | None) -> None:
    """At the end of an unattended run this sentence is all that there is to look at."""

    def look() -> None:
        if error is not None:
            raise error

    with pytest.raises(Unavailable, match=r"Waited 0 s in vain for a digest\."):
        wait_until("a digest", look, patience=0)
