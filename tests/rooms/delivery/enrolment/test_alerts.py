"""Who gets an alert, when, and what the next digest leaves out for them."""

from collections.abc import Mapping
from datetime import time
from typing import Any

import pytest
from sqlalchemy import select, update

from service.audience.tables import Subscription
from service.delivery.enrolment.change_frequency import change_frequency
from service.delivery.enrolment.enrol import enrol_next_chunk
from service.delivery.tables import Delivery
from service.delivery.workflow import advance
from service.editions import build, curate, drafts, plan
from service.editions.alert import AlertAuthor, make_alert
from service.editions.curate import Editor
from service.editions.find import edition_articles, get_edition
from service.editions.lifecycle import EditionState
from service.kit.db import Begin, Session
from service.newsletters.details import NewsletterDetails
from service.newsletters.frequency import Frequency
from service.rendering.render_edition import find_variant
from service.reports.variants import list_variants
from tests.builders import a_newsletter, a_reader, an_article, store_row
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import POST

POLITICS, SPORT, CULTURE = 0b001, 0b010, 0b100
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def a_paper(session: Session, clock: FakeClock, **changes: Any) -> NewsletterDetails:
    values = {
        "offers_alerts": True,
        "alerts_merge_minutes": 0,
        "days": EVERY_DAY,
        "times": (time(18),),
        "time_zone": "UTC",
    }
    return a_newsletter(session, "Politique", "Sport", "Culture", now=clock(), **(values | changes))


def an_alert(session: Session, paper: NewsletterDetails, clock: FakeClock, section: str) -> int:
    """Make an alert of a new article, and write its audience; return the edition."""
    article = an_article(session, section, seen=clock(), title=f"Alerte {section}")
    made = make_alert(session, paper, [article.id], AlertAuthor(), now=clock())
    assert made is not None
    return enrol(session, made.edition_id, clock)


def enrol(session: Session, edition_id: int, clock: FakeClock, *, chunk_size: int = 50) -> int:
    build.select_articles(session, edition_id, now=clock())
    build.freeze(session, edition_id, now=clock())
    while not enrol_next_chunk(session, edition_id, now=clock(), chunk_size=chunk_size):
        pass
    return edition_id


def settle(session: Session, edition_id: int, clock: FakeClock, **states: str) -> None:
    """Let the relay have answered: every message accepted, but those of some readers."""
    for reader in session.scalars(
        select(Delivery.subscriber_id).where(Delivery.edition_id == edition_id)
    ).all():
        session.execute(
            update(Delivery)
            .where(Delivery.edition_id == edition_id, Delivery.subscriber_id == reader)
            .values(state=states.get(f"r{reader}", "accepted"), settled_at=clock())
        )


def masks(session: Session, edition_id: int) -> Mapping[int, int]:
    rows = session.execute(
        select(Delivery.subscriber_id, Delivery.mask).where(Delivery.edition_id == edition_id)
    )
    return {row.subscriber_id: row.mask for row in rows}


def waves(session: Session, edition_id: int) -> Mapping[int, int]:
    rows = session.execute(
        select(Delivery.subscriber_id, Delivery.wave).where(Delivery.edition_id == edition_id)
    )
    return {row.subscriber_id: row.wave for row in rows}


def test_an_alert_is_for_those_who_chose_alerts_and_its_section(
    begin: Begin, clock: FakeClock
) -> None:
    """Whatever their frequency; who reads Sport only is not woken for politics."""
    with begin() as session:
        paper = a_paper(session, clock)
        every = a_reader(session, paper, now=clock(), alerts=True)
        politics = a_reader(session, paper, now=clock(), alerts=True, mask=POLITICS | SPORT)
        a_reader(session, paper, now=clock(), alerts=True, mask=SPORT)
        a_reader(session, paper, now=clock())
        a_reader(session, paper, now=clock(), alerts=True, state="ended")

        alert = an_alert(session, paper, clock, "Politique")

        assert masks(session, alert) == {
            every.subscriber_id: POLITICS,
            politics.subscriber_id: POLITICS,
        }


def test_readers_in_quiet_hours_get_it_later_and_the_others_at_once(
    begin: Begin, clock: FakeClock
) -> None:
    """It is six in the morning in London: noon in Dhaka, one in the morning in New York."""
    with begin() as session:
        paper = a_paper(session, clock, quiet_from=time(22), quiet_to=time(5))
        home = a_reader(session, paper, now=clock(), alerts=True)
        dhaka = a_reader(session, paper, now=clock(), alerts=True, zone="Asia/Dhaka")
        lima = a_reader(session, paper, now=clock(), alerts=True, zone="America/New_York")
        lost = a_reader(session, paper, now=clock(), alerts=True, zone="Mars/Olympus")

        alert = an_alert(session, paper, clock, "Politique")

        assert waves(session, alert) == {
            home.subscriber_id: 0,
            dhaka.subscriber_id: 0,
            lima.subscriber_id: 4 * 60,
            lost.subscriber_id: 0,
        }


def test_a_reader_gets_so_many_alerts_a_day_from_all_newsletters(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        paper = a_paper(session, clock, alerts_per_reader=2)
        other = a_paper(session, clock, slug="le-soir", alerts_per_reader=2)
        reader = a_reader(session, paper, now=clock(), alerts=True)
        both = reader.subscriber_id
        a_reader(session, other, now=clock(), alerts=True)
        store_row(
            session, Subscription, newsletter_id=other.id, subscriber_id=both, state="active",
            wants_alerts=True, requested_at=clock(), confirmed_at=clock(),
        )  # fmt: skip

        first = an_alert(session, paper, clock, "Sport")
        second = an_alert(session, other, clock, "Sport")
        third = an_alert(session, paper, clock, "Sport")

        assert both in masks(session, first)
        assert both in masks(session, second)
        assert masks(session, third) == {}


def test_a_new_day_begins_at_the_readers_midnight(begin: Begin, clock: FakeClock) -> None:
    """At six in the morning UTC it is one at night in New York, and noon in Dhaka."""
    with begin() as session:
        paper = a_paper(session, clock, alerts_per_reader=1, alerts_per_day=10)
        west = a_reader(session, paper, now=clock(), alerts=True, zone="America/New_York")
        east = a_reader(session, paper, now=clock(), alerts=True, zone="Asia/Dhaka")

        settle(session, an_alert(session, paper, clock, "Sport"), clock)
        clock.advance(hours=12)  # 13:00 and 00:00

        assert set(masks(session, an_alert(session, paper, clock, "Sport"))) == {east.subscriber_id}
        clock.advance(hours=11)  # 00:00 and 11:00
        assert set(masks(session, an_alert(session, paper, clock, "Sport"))) == {west.subscriber_id}


def test_what_waits_for_the_morning_counts_for_the_day_on_which_it_comes(
    begin: Begin, clock: FakeClock
) -> None:
    clock.advance(hours=17)  # 23:00
    with begin() as session:
        paper = a_paper(session, clock, alerts_per_reader=1, quiet_from=time(22), quiet_to=time(7))
        reader = a_reader(session, paper, now=clock(), alerts=True)
        late = an_alert(session, paper, clock, "Sport")
        assert waves(session, late) == {reader.subscriber_id: 8 * 60}

        clock.advance(hours=13)  # noon
        assert masks(session, an_alert(session, paper, clock, "Sport")) == {}


def test_a_message_that_nobody_got_counts_for_nothing(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_paper(session, clock, alerts_per_reader=1)
        reader = a_reader(session, paper, now=clock(), alerts=True).subscriber_id
        refused = an_alert(session, paper, clock, "Sport")
        settle(session, refused, clock, **{f"r{reader}": "refused"})

        assert set(masks(session, an_alert(session, paper, clock, "Sport"))) == {reader}


def test_a_chunk_of_readers_who_had_enough_is_not_the_end_of_the_audience(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        paper = a_paper(session, clock, alerts_per_reader=1, alerts_per_day=5)
        early = [a_reader(session, paper, now=clock(), alerts=True) for _ in range(4)]
        an_alert(session, paper, clock, "Sport")
        late = a_reader(session, paper, now=clock(), alerts=True).subscriber_id
        article = an_article(session, "Sport", seen=clock()).id
        made = make_alert(session, paper, [article], AlertAuthor(), now=clock())
        assert made is not None

        enrol(session, made.edition_id, clock, chunk_size=2)

        assert len(early) == 4
        assert set(masks(session, made.edition_id)) == {late}
        assert get_edition(session, made.edition_id).readers == 1


def a_digest(session: Session, clock: FakeClock) -> int:
    """Plan the evening's digest; the caller builds it."""
    [digest] = plan.plan_due(session, now=clock.advance(hours=12, minutes=1))
    return digest


def test_the_next_digest_leaves_out_what_its_readers_had_as_an_alert(
    begin: Begin, clock: FakeClock
) -> None:
    """And only for them: who did not choose alerts, or did not get it, has it in the digest."""
    with begin() as session:
        paper = a_paper(session, clock)
        had = a_reader(session, paper, now=clock(), alerts=True).subscriber_id
        sport = a_reader(session, paper, now=clock(), alerts=True, mask=SPORT).subscriber_id
        culture = a_reader(session, paper, now=clock(), alerts=True, mask=CULTURE).subscriber_id
        none = a_reader(session, paper, now=clock()).subscriber_id
        bounced = a_reader(session, paper, now=clock(), alerts=True).subscriber_id
        alert = an_alert(session, paper, clock, "Sport")
        settle(session, alert, clock, **{f"r{bounced}": "refused"})
        an_article(session, "Politique", seen=clock(), title="Autre nouvelle")
        an_article(session, "Culture", seen=clock(), title="Un concert")
        digest = a_digest(session, clock)
    advance.advance_edition(begin, digest, clock=clock, public_url=POST.public_url)

    with begin() as session:
        found = masks(session, digest)
        whole = POLITICS | SPORT | CULTURE
        # Nothing that they chose is left for readers of Sport only.
        assert sport not in found
        assert found[culture] == CULTURE
        assert found[none] == found[bounced] == whole
        without = find_variant(session, digest, found[had]).rendered
        with_it = find_variant(session, digest, found[none]).rendered
        shown = list_variants(session, digest, public_url=POST.public_url, now=clock())
        assert get_edition(session, digest).readers == 4
    assert "Alerte Sport" in with_it.html
    assert "Alerte Sport" not in without.html + without.text + without.subject
    assert "Autre nouvelle" in without.html
    assert {each.mask: each.readers for each in shown if each.is_without_alerted} == {found[had]: 1}
    assert {each.mask: each.readers for each in shown}[whole] == 2


def test_a_section_keeps_what_no_alert_has_carried(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_paper(session, clock)
        had = a_reader(session, paper, now=clock(), alerts=True, mask=SPORT).subscriber_id
        other = a_reader(session, paper, now=clock(), mask=SPORT).subscriber_id
        settle(session, an_alert(session, paper, clock, "Sport"), clock)
        an_article(session, "Sport", seen=clock(), title="La finale")
        digest = a_digest(session, clock)
    advance.advance_edition(begin, digest, clock=clock, public_url=POST.public_url)

    with begin() as session:
        found = masks(session, digest)
        without = find_variant(session, digest, found[had]).rendered
        whole = find_variant(session, digest, found[other]).rendered
    assert "La finale" in without.html
    assert "Alerte Sport" not in without.html
    assert "La finale" in whole.html
    assert "Alerte Sport" in whole.html


def test_who_lacks_one_alert_of_two_gets_the_whole_digest(begin: Begin, clock: FakeClock) -> None:
    """Rather an article twice than one of them never."""
    with begin() as session:
        paper = a_paper(session, clock)
        reader = a_reader(session, paper, now=clock(), alerts=True).subscriber_id
        sport = a_reader(session, paper, now=clock(), alerts=True, mask=SPORT).subscriber_id
        settle(session, an_alert(session, paper, clock, "Sport"), clock)
        lost = an_alert(session, paper, clock, "Culture")
        settle(session, lost, clock, **{f"r{reader}": "refused"})
        an_article(session, "Sport", seen=clock())
        digest = enrol(session, a_digest(session, clock), clock)

        found = masks(session, digest)
    assert found[reader] == SPORT | CULTURE
    # The alert about culture was not for a reader of Sport.
    assert found[sport] == SPORT | 1 << 62


def test_digests_repeat_alerts_where_the_newsletter_says_so(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_paper(session, clock, digests_repeat_alerts=True)
        reader = a_reader(session, paper, now=clock(), alerts=True).subscriber_id
        settle(session, an_alert(session, paper, clock, "Sport"), clock)
        digest = enrol(session, a_digest(session, clock), clock)

        assert masks(session, digest) == {reader: SPORT}


def test_an_editor_who_pins_an_article_repeats_it_for_all(begin: Begin, clock: FakeClock) -> None:
    with begin() as session:
        paper = a_paper(session, clock)
        reader = a_reader(session, paper, now=clock(), alerts=True).subscriber_id
        alert = an_alert(session, paper, clock, "Sport")
        settle(session, alert, clock)
        [draft] = drafts.open_drafts(session, now=clock())
        [carried] = edition_articles(session, alert)
        curate.pin(session, draft, carried.article.id, Editor(), now=clock())
        digest = enrol(session, a_digest(session, clock), clock)

        assert digest == draft
        assert masks(session, digest) == {reader: SPORT}


def test_a_digest_of_nothing_but_alerts_has_no_reader_who_had_them(
    begin: Begin, clock: FakeClock
) -> None:
    """Its web version shows them all the same."""
    with begin() as session:
        paper = a_paper(session, clock)
        a_reader(session, paper, now=clock(), alerts=True)
        settle(session, an_alert(session, paper, clock, "Sport"), clock)
        digest = a_digest(session, clock)
    advance.advance_edition(begin, digest, clock=clock, public_url=POST.public_url)

    with begin() as session:
        found = get_edition(session, digest)
        page = find_variant(session, digest, -1).rendered
    assert (found.readers, found.state) == (0, EditionState.SENDING)
    assert "Alerte Sport" in page.html


@pytest.mark.parametrize(("origin", "is_left_out"), [("event", True), ("hand", False)])
def test_an_alert_leaves_out_who_had_all_of_it_in_a_digest(
    begin: Begin, clock: FakeClock, origin: str, *, is_left_out: bool
) -> None:
    """Not those whose digest came back or waits; an operator who alerts of it later means all."""
    with begin() as session:
        paper = a_paper(session, clock)
        readers = [a_reader(session, paper, now=clock(), alerts=True) for _ in range(4)]
        had, refused, waiting, fewer = (each.subscriber_id for each in readers)
        article = an_article(session, "Sport", seen=clock())
        other = an_article(session, "Culture", seen=clock())
        digest = enrol(session, a_digest(session, clock), clock)
        settle(session, digest, clock, **{f"r{refused}": "refused", f"r{waiting}": "pending"})
        session.execute(
            update(Delivery)
            .where(Delivery.edition_id == digest, Delivery.subscriber_id == fewer)
            .values(mask=CULTURE)
        )

        author, later = AlertAuthor(origin=origin), clock.advance(minutes=1)
        made = make_alert(session, paper, [article.id, other.id], author, now=later)
        assert made is not None
        alert = enrol(session, made.edition_id, clock, chunk_size=1)

        assert (had not in masks(session, alert)) is is_left_out
        assert {refused, waiting, fewer} <= set(masks(session, alert))


def test_an_operators_alert_that_waits_is_not_repeated_after_a_digest(
    begin: Begin, clock: FakeClock
) -> None:
    with begin() as session:
        paper = a_paper(session, clock)
        a_reader(session, paper, now=clock(), alerts=True)
        article = an_article(session, "Sport", seen=clock())
        made = make_alert(session, paper, [article.id], AlertAuthor(origin="hand"), now=clock())
        assert made is not None
        settle(session, enrol(session, a_digest(session, clock), clock), clock)

        assert masks(session, enrol(session, made.edition_id, clock)) == {}


def test_an_alert_looks_like_one(begin: Begin, clock: FakeClock) -> None:
    """A label instead of the names of sections, and why the reader gets it."""
    with begin() as session:
        paper = a_paper(session, clock)
        a_reader(session, paper, now=clock(), alerts=True)
        article = an_article(session, "Sport", seen=clock(), title="Victoire !").id
        made = make_alert(session, paper, [article], AlertAuthor(), now=clock())
        assert made is not None
    advance.advance_edition(begin, made.edition_id, clock=clock, public_url=POST.public_url)

    with begin() as session:
        message = find_variant(session, made.edition_id, SPORT).rendered
    assert message.subject.startswith("Victoire")
    for part in (message.html, message.text):
        assert "alerte" in part.lower()
        assert "Victoire" in part
        assert "choisi les alertes" in part.replace("\n", " ")
    assert "SPORT" not in message.text


def test_an_alert_is_no_place_in_a_series(begin: Begin, clock: FakeClock) -> None:
    """A reader who has had an alert only, and changes their frequency, misses no article."""
    with begin() as session:
        paper = a_paper(session, clock, weekly_at=time(9), weekly_on=4)
        reader = a_reader(session, paper, now=clock(), alerts=True)
        clock.advance(hours=1)
        alert = an_alert(session, paper, clock, "Sport")
        settle(session, alert, clock)

        change_frequency(session, paper.id, reader.subscriber_id, Frequency.WEEKLY, now=clock())

        assert reader.previous_edition_id != alert
