"""Suppressions: made, found under any secret, listed and lifted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from service.audience import suppress
from service.audience.address import parse_address
from service.audience.suppress import SuppressionFilter
from service.audience.tables import Suppression
from service.kit.errors import Invalid, NotFound
from service.kit.tokens import Keyring
from service.kit.translatable import verbatim
from tests.conftest import SECRET, FakeClock
from tests.rooms.audience.conftest import Desk

AWA = parse_address("awa@example.org")

BOUNCES = ["hard_bounce", "soft_bounces"]


def test_a_suppression_is_found_under_a_rotated_secret_and_kept_once(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    reader = desk.join()
    rotated = Keyring(["another secret of thirty-two chars", SECRET])
    with desk.begin() as session:
        first = suppress.suppress(
            session,
            subscriber_id=reader.subscriber_id,
            reason="hard_bounce",
            evidence=verbatim("550 5.1.1"),
            now=clock(),
            keyring=keyring,
        )
        second = suppress.suppress(
            session, address=AWA, reason="complaint", now=clock(), keyring=rotated
        )

    with desk.begin() as session:
        found = suppress.find_suppression(session, AWA, keyring=rotated)
        listed = suppress.list_suppressions(session)

    assert (first, second) == (True, False)
    assert found is not None
    assert (found.reason, found.evidence) == ("hard_bounce", verbatim("550 5.1.1"))
    assert [(each.address, each.reason) for each in listed] == [("awa@example.org", "hard_bounce")]
    assert desk.profile(reader).is_suppressed


def test_lifting_a_suppression_lets_mail_pass_again(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    with desk.begin() as session:
        suppress.suppress(session, address=AWA, reason="operator", now=clock(), keyring=keyring)
    with desk.begin() as session:
        suppress.lift(session, AWA, keyring=keyring)

    with desk.begin() as session, pytest.raises(NotFound):
        suppress.lift(session, AWA, keyring=keyring)
    assert desk.sign_up() is not None


def test_suppressions_are_listed_in_pages_without_gap_or_repetition(
    desk: Desk, clock: FakeClock, keyring: Keyring
) -> None:
    with desk.begin() as session:
        for number in range(5):
            suppress.suppress(
                session,
                address=parse_address(f"a{number}@example.org"),
                reason="operator",
                # Several at one instant: the page must not end between them and skip some.
                now=clock() if number < 3 else clock.advance(seconds=1),
                keyring=keyring,
            )

    seen, before = [], None
    with desk.begin() as session:
        while page := suppress.list_suppressions(session, before=before, size=2):
            seen += [each.key for each in page]
            before = (page[-1].since, page[-1].key)

    assert len(seen) == len(set(seen)) == 5


def block(desk: Desk, subscriber_id: int, reason: str) -> None:
    with desk.begin() as session:
        suppress.suppress(
            session,
            subscriber_id=subscriber_id,
            reason=reason,
            now=desk.clock(),
            keyring=desk.keyring,
        )


@pytest.fixture
def bad_days(desk: Desk, clock: FakeClock) -> None:
    """Suppress on three days, for three reasons, at three domains."""
    for day in range(3):
        for domain in ("gmail.com", "orange.fr", "example.org"):
            for reason in (*BOUNCES, "complaint"):
                reader = desk.join(f"{reason.replace('_', '-')}{day}@{domain}")
                block(desk, reader.subscriber_id, reason)
        clock.advance(days=1)


def provider_of(domain: str) -> str:
    return {"gmail.com": "google", "orange.fr": "orange"}.get(domain, domain)


@pytest.mark.usefixtures("bad_days")
@pytest.mark.parametrize(
    ("selection", "days", "lifted"),
    [
        (SuppressionFilter(), (None, None), 18),
        (SuppressionFilter(provider="google"), (None, None), 6),
        (SuppressionFilter(provider="example.org"), (1, 2), 2),
        (SuppressionFilter(), (0, 1), 6),
        (SuppressionFilter(), (1, None), 12),
        (SuppressionFilter(reasons=frozenset({"complaint"})), (None, 1), 3),
        # Or one of its domains.
        (SuppressionFilter(provider="gmail.com"), (None, None), 6),
    ],
)
def test_a_bad_day_is_undone_by_reason_provider_and_time(
    desk: Desk,
    clock: FakeClock,
    selection: SuppressionFilter,
    days: tuple[int | None, int | None],
    lifted: int,
) -> None:
    begun = clock.now - timedelta(days=3)
    since, until = (None if day is None else begun + timedelta(days=day) for day in days)
    chosen = replace(selection, since=since, until=until)
    with desk.begin() as session:
        found = suppress.iter_suppressions(session, chosen, provider_of=provider_of)
        shown = {each.subscriber_id for some in found for each in some}

    with desk.begin() as session:
        count = suppress.lift_matching(session, chosen, provider_of=provider_of)

    with desk.begin() as session:
        left = set(session.scalars(select(Suppression.subscriber_id)))
    assert (len(shown), count, len(left)) == (lifted, lifted, 27 - lifted)
    assert shown.isdisjoint(left)


def test_the_erased_are_nobodys_to_lift(desk: Desk) -> None:
    erased = SuppressionFilter(reasons=frozenset({suppress.ERASED}))

    with desk.begin() as session:
        suppress.suppress(
            session,
            address=parse_address("gone@example.org"),
            reason=suppress.ERASED,
            now=desk.clock(),
            keyring=desk.keyring,
        )
        with pytest.raises(Invalid):
            suppress.lift_matching(session, erased, provider_of=provider_of)


@pytest.mark.parametrize("reason", ["", " ", "two words here", "line\nbreak", "x" * 41])
def test_a_reason_is_one_word(desk: Desk, clock: FakeClock, keyring: Keyring, reason: str) -> None:
    with desk.begin() as session, pytest.raises(Invalid, match="one word"):
        suppress.suppress(session, address=AWA, reason=reason, now=clock(), keyring=keyring)

    with desk.begin() as session:
        assert suppress.list_suppressions(session) == []
