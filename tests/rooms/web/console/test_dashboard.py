"""What never leaves and makes no noise is told on the console's first page."""

from datetime import time

import pytest
from sqlalchemy import text

from service.boot import Runtime, build_runtime
from service.newsletters.frequency import Frequency
from tests.builders import a_goodbye, a_newsletter, a_reader
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue
from tests.rooms.web.signed_in import a_stranger, an_operator
from workers import send_edition, send_notice
from workers.actor_adapter import adapt_actor


def lose_the_zone(runtime: Runtime) -> None:
    """Let the system's list of time zones lose that of all newsletters and editions."""
    with runtime.begin() as session:
        session.execute(text("UPDATE newsletter SET time_zone = 'Pacific/Atlantis'"))
        session.execute(
            text(
                "UPDATE edition "
                "SET frozen = jsonb_set(frozen, '{time_zone}', '\"Pacific/Atlantis\"')"
            )
        )


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en", "Le Matin does not run: this server has no time zone “Pacific/Atlantis”."),
        ("fr", "ce serveur ne connaît pas le fuseau horaire «\u00a0Pacific/Atlantis\u00a0»"),
    ],
)
def test_a_newsletter_whose_time_zone_is_gone_is_named_and_no_page_falls_with_it(
    runtime: Runtime, clock: FakeClock, locale: str, sentence: str
) -> None:
    issue = an_issue(runtime.begin, clock, days=(1,), times=(time(7),))
    send_edition.run(runtime, edition_id=issue.edition_id)
    lose_the_zone(runtime)
    browser, client = an_operator(runtime, locale=locale), a_stranger(runtime)
    with runtime.begin() as session:
        key = session.execute(text("SELECT key FROM edition")).scalar_one()

    console = [
        "",
        "/newsletters",
        "/newsletters/le-matin-0",
        "/newsletters/le-matin-0/edit",
        "/newsletters/le-matin-0/feeds",
        "/newsletters/le-matin-0/send",
        "/editions",
        f"/editions/{issue.edition_id}",
        "/articles",
        "/readers",
        "/journal",
    ]
    assert {path: browser.get(f"/console{path}").status_code for path in console} == dict.fromkeys(
        console, 200
    )
    reader = ["/n/le-matin-0", "/n/le-matin-0/archive", "/n/le-matin-0/feed.xml", f"/e/{key}"]
    assert {path: client.get(path).status_code for path in reader} == dict.fromkeys(reader, 200)
    assert sentence in browser.get("/console").text


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ("en", "This machine knows no time zone “Pacific/Atlantis” any more: choose another one"),
        (
            "fr",
            "ne connaît plus le fuseau horaire «\u00a0Pacific/Atlantis\u00a0»\u00a0: choisissez-en",
        ),
    ],
)
def test_sending_without_a_time_zone_is_refused_in_the_operators_language(
    runtime: Runtime, clock: FakeClock, locale: str, sentence: str
) -> None:
    an_issue(runtime.begin, clock)
    lose_the_zone(runtime)
    browser = an_operator(runtime, locale=locale)

    refused = browser.post("/console/newsletters/le-matin-0/send")
    for_programs = browser.post(
        "/console/newsletters/le-matin-0/send", headers={"accept": "application/json"}
    ).json()

    assert refused.status_code == 422
    assert f'<p lang="{locale}">' in refused.text
    assert sentence in refused.text
    assert for_programs["detail"].startswith("This machine knows no time zone “Pacific/Atlantis”")
    assert for_programs["detail_key"] == "newsletter.unknown_zone"
    assert for_programs["detail_params"] == {"zone": "Pacific/Atlantis"}


def test_a_confirmation_that_cannot_be_written_is_told_on_the_first_page(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        reader = next(iter(issue.readers.values()))
        notice_id = a_goodbye(session, issue.newsletter_id, reader, now=clock())
        session.execute(text("UPDATE newsletter SET sender_address = 'rené@example.org'"))
    browser = an_operator(runtime, locale="en")
    before = browser.get("/console").text
    send_notice.run(runtime, notice_id=notice_id)
    after = browser.get("/console").text

    assert "cannot be sent" not in before
    assert "1 confirmation or other notice has been waiting since" in after
    assert "a message could not be composed (Invalid)" in after


def test_that_no_relay_is_named_is_told_on_the_first_page(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)
    without = build_runtime(runtime.settings.model_copy(update={"smtp_url": []}), clock=clock)
    browser = an_operator(runtime, locale="en")
    before = browser.get("/console").text
    adapt_actor(send_edition.run, without)(edition_id=issue.edition_id)
    without.close()

    assert "no mail leaves" not in before
    assert "no relay is configured, so no message leaves" in browser.get("/console").text
    assert "no relay is configured" in browser.get(f"/console/editions/{issue.edition_id}").text


def test_the_shares_of_readers_by_frequency_are_drawn(runtime: Runtime) -> None:
    """And told: who hears the page gets the numbers of the bar."""
    now = runtime.clock()
    with runtime.begin() as session:
        paper = a_newsletter(session, now=now, days=(1,), times=(time(7),), weekly_at=time(9))
        for frequency in (Frequency.EACH, Frequency.EACH, Frequency.EACH, Frequency.WEEKLY):
            a_reader(session, paper, now=now, frequency=frequency)

    page = an_operator(runtime, locale="en").get("/console").text

    assert "Every edition 3, Once a week 1" in page
    assert '<rect class="fill-each" x="0" y="0" width="750" height="12">' in page
    assert '<rect class="fill-weekly" x="750" y="0" width="250" height="12">' in page
