"""Holidays in the console: added, shown among the runs, removed."""

from datetime import time, timedelta

from service.accounts.roles import Role
from service.boot import Runtime
from service.newsletters import closed_dates
from tests.audit_trail import audited
from tests.builders import a_newsletter
from tests.rooms.web.signed_in import an_operator

HOME = "/console/newsletters/le-matin/holidays"
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def furnish(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock(), days=EVERY_DAY, times=(time(7),))


def test_a_holiday_is_added_and_has_no_runs(runtime: Runtime) -> None:
    """The next runs are where an editor looks whether it worked."""
    furnish(runtime)
    browser = an_operator(runtime, locale="en")
    today = runtime.clock().date()
    until = today + timedelta(days=100)

    added = browser.post(
        HOME,
        data={"first_on": f"{today}", "last_on": f"{until}", "label": "<b>Été", "scope": "all"},
    )
    shown = browser.get(HOME).text
    runs = browser.get("/console/newsletters/le-matin").text

    assert added.status_code == 303
    assert "&lt;b&gt;Été · all newsletters" in shown
    assert f"{today + timedelta(days=1):%-d %B}" not in runs
    assert f"{until + timedelta(days=1):%-d %B}" in runs
    assert [event for event, _ in audited(runtime.begin)][-1] == "newsletter.holidays_added"


def test_what_was_typed_stays_beside_what_is_wrong(runtime: Runtime) -> None:
    furnish(runtime)
    browser = an_operator(runtime, locale="en")
    typed = {"first_on": "soon", "last_on": "", "label": "Noël", "scope": "this"}

    no_date = browser.post(HOME, data=typed)
    reversed_dates = browser.post(
        HOME, data={**typed, "first_on": "2099-12-26", "last_on": "2099-12-24"}
    )

    assert (no_date.status_code, reversed_dates.status_code) == (422, 422)
    assert "Write a date such as 2026-12-24." in no_date.text
    assert "Noël" in no_date.text
    assert "The last day is before the first." in reversed_dates.text


def test_a_holiday_is_removed_once(runtime: Runtime) -> None:
    """Two editors press the button: the second is told."""
    furnish(runtime)
    browser = an_operator(runtime, locale="en")
    browser.post(HOME, data={"first_on": "2099-12-24", "label": "", "scope": "this"})

    first = browser.post(f"{HOME}/remove", data={"holiday": "1"})
    second = browser.post(f"{HOME}/remove", data={"holiday": "1"}, follow_redirects=True)

    assert first.status_code == 303
    assert "This holiday was removed already." in second.text
    with runtime.begin() as session:
        assert closed_dates.list_holidays(session, None, now=runtime.clock()) == []


def test_who_may_only_look_sees_no_form(runtime: Runtime) -> None:
    furnish(runtime)
    browser = an_operator(runtime, role=Role.VIEWER)

    assert "<form id=" not in browser.get(HOME).text
    assert browser.post(HOME, data={"first_on": "2099-12-24"}).status_code == 403
