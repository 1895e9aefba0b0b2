"""One reader as pages and commands see them."""

from service.audience import profile, suppress
from service.audience.address import parse_address
from service.audience.profile import ReaderProfile
from service.kit.tokens import Keyring
from tests.builders import a_newsletter
from tests.conftest import FakeClock
from tests.rooms.audience.conftest import Desk

AWA = parse_address("awa@example.org")


def _profile(desk: Desk, keyring: Keyring | None = None) -> ReaderProfile:
    with desk.begin() as session:
        return profile.profile_of_address(session, AWA, keyring=keyring or desk.keyring)


def test_a_confirmation_names_the_request_that_it_answers(desk: Desk, clock: FakeClock) -> None:
    asked_at = clock.now
    desk.join()

    [subscription] = _profile(desk).subscriptions
    requested, confirmed = subscription.proofs

    assert subscription.requested_at_of(confirmed) == asked_at
    assert subscription.requested_at_of(requested) is None


def test_a_profile_finds_the_subscription_of_a_newsletter(desk: Desk) -> None:
    reader = desk.join()

    found = _profile(desk)

    assert found.subscription_to(reader.newsletter_id) == found.subscriptions[0]
    assert found.subscription_to(reader.newsletter_id + 1) is None


def test_only_an_active_subscription_at_local_time_needs_a_time_zone(
    desk: Desk, clock: FakeClock
) -> None:
    desk.join()
    assert not _profile(desk).needs_time_zone

    with desk.begin() as session:
        newsletter = a_newsletter(session, now=clock.now, slug="le-soir", at_readers_time=True)
    desk.confirm(desk.token_of(desk.sign_up(newsletter_id=newsletter.id)))

    assert _profile(desk).needs_time_zone


def test_a_suppression_under_a_lost_secret_still_shows(desk: Desk, clock: FakeClock) -> None:
    """Senders obey it, by the subscriber; a page that shows nothing would be wrong."""
    reader = desk.join()
    with desk.begin() as session:
        suppress.suppress(
            session,
            subscriber_id=reader.subscriber_id,
            reason=suppress.HARD_BOUNCE,
            now=clock.now,
            keyring=desk.keyring,
        )

    found = _profile(desk, Keyring(["another secret that is long enough to be one"]))

    assert found.is_suppressed
    assert found.suppressed_because == suppress.HARD_BOUNCE


def test_an_address_that_was_suppressed_before_it_signed_up_shows(
    desk: Desk, clock: FakeClock
) -> None:
    with desk.begin() as session:
        suppress.suppress(
            session,
            address=AWA,
            reason=suppress.HARD_BOUNCE,
            now=clock.now,
            keyring=desk.keyring,
        )
    desk.sign_up()

    assert _profile(desk).is_suppressed
