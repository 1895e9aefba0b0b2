"""Readers in the console."""

import pytest

from service.audience import suppress
from service.boot import Runtime
from service.editions import plan
from service.editions.locking import lock_edition
from service.kit.translatable import verbatim
from tests.audit_trail import audited
from tests.builders import a_delivery, a_newsletter, a_reader
from tests.rooms.web.signed_in import an_operator


def test_readers_are_counted_by_section(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Politique", "Sport", now=now)
        a_reader(session, newsletter, now=now)
        a_reader(session, newsletter, now=now, mask=0b10)
        a_reader(session, newsletter, now=now, mask=0b10, state="ended")

    page = an_operator(runtime).get("/console/readers?newsletter=le-matin").text
    rows = [
        part.split("</tr>")[0] for part in page.split('<table class="counts">')[1].split("<tr>")
    ]

    assert '<td class="number">1</td>' in next(row for row in rows if "Politique" in row)
    assert '<td class="number">2</td>' in next(row for row in rows if "Sport" in row)


def test_a_reader_who_may_not_be_written_to_is_not_counted_as_active(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Politique", now=now)
        readers = [a_reader(session, newsletter, now=now) for _ in range(3)]
        suppress.suppress(
            session,
            subscriber_id=readers[0].subscriber_id,
            reason="hard_bounce",
            evidence=verbatim("550 5.1.1 no such user"),
            now=now,
            keyring=runtime.keyring,
        )
    browser = an_operator(runtime, locale="en")

    page = browser.get("/console/readers?newsletter=le-matin").text

    assert "<b>2</b> active readers" in page
    assert "Left: 0. Suppressed: 1." in page
    assert '<td class="number">2</td>' in page.split('<table class="counts">')[1]
    assert "<b>2</b>" in browser.get("/console").text


@pytest.mark.parametrize(
    ("search", "found"), [("awa", True), ("AWA@", True), ("%", False), ("_wa", False)]
)
def test_a_reader_is_found_by_a_part_of_the_address(
    runtime: Runtime, search: str, *, found: bool
) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        a_reader(session, a_newsletter(session, now=now), now=now, address="Awa@example.org")

    page = an_operator(runtime).get("/console/readers", params={"q": search}).text

    assert ("Awa@example.org" in page) is found


def test_a_readers_suppression_is_shown_with_its_reason_and_lifted(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        reader = a_reader(session, a_newsletter(session, now=now), now=now)
        suppress.suppress(
            session,
            subscriber_id=reader.subscriber_id,
            reason="userunknown",
            evidence=verbatim("550 5.1.1 no such user"),
            now=now,
            keyring=runtime.keyring,
        )
    browser = an_operator(runtime)
    here = f"/console/readers/{reader.subscriber_id}"

    page = browser.get(here).text
    assert "adresse inconnue" in page
    assert "550 5.1.1 no such user" in page
    browser.post(f"{here}/lift")

    assert "Le blocage est levé." in browser.get(here).text
    browser.post(f"{here}/lift")
    assert "n’est pas bloquée" in browser.get(here).text
    assert audited(runtime.begin) == [
        ("suppression.lifted", {"subscriber_id": reader.subscriber_id})
    ]


@pytest.mark.parametrize(
    ("is_paused", "told"),
    [(False, "waiting for its turn"), (True, "waiting until the edition is resumed")],
)
def test_a_reader_for_whom_a_message_waits_is_shown(
    runtime: Runtime, *, is_paused: bool, told: str
) -> None:
    """What a throttle or a pause holds back has no next attempt; the page was an error."""
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=now)
        reader = a_reader(session, newsletter, now=now)
        edition = plan.plan_now(session, newsletter.id, now=now)
        lock_edition(session, edition.id).paused_at = now if is_paused else None
        a_delivery(session, edition.id, reader.subscriber_id, state="pending")

    page = an_operator(runtime, locale="en").get(f"/console/readers/{reader.subscriber_id}")

    assert page.status_code == 200
    assert told in page.text


def test_an_unknown_reader_is_not_found(runtime: Runtime) -> None:
    assert an_operator(runtime).get("/console/readers/12345").status_code == 404
