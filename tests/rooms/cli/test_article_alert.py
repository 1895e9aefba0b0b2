"""`crieur article alert`, as an operator types it."""

from service.boot import Runtime
from service.cli import article
from tests.audit_trail import audited
from tests.builders import a_newsletter, a_reader, an_article
from tests.rooms.cli.conftest import Run, told


def test_an_article_is_sent_as_an_alert_by_command(run: Run, runtime: Runtime) -> None:
    """The command says when it goes out, and how many have chosen such alerts."""
    with runtime.begin() as session:
        paper = a_newsletter(session, "Sport", "Culture", now=runtime.clock(), offers_alerts=True)
        a_reader(session, paper, now=runtime.clock(), alerts=True)
        a_reader(session, paper, now=runtime.clock(), alerts=True, mask=0b10)
        a_reader(session, paper, now=runtime.clock())
        ids = [an_article(session, "Sport", seen=runtime.clock()).id for _ in range(2)]

    sent = run(article.app, "alert", ids[0], "-n", "le-matin")
    (later,) = told(run(article.app, "alert", ids[1], "-n", "le-matin", "--json"))
    again = run(article.app, "alert", ids[0], "-n", "le-matin")

    assert sent.stdout == "Edition 1 goes out now. Readers who chose alerts of Sport: 1.\n"
    assert (later["edition"], later["state"], later["readers"]) == (2, "later", 1)
    assert str(again.exception) == "This article has made an alert already: edition 1."
    assert [act for act, _ in audited(runtime.begin)] == ["article.alerted"] * 2


def test_a_newsletter_without_alerts_says_where_to_turn_them_on(run: Run, runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, "Sport", now=runtime.clock())
        article_id = an_article(session, "Sport", seen=runtime.clock()).id

    refused = run(article.app, "alert", article_id, "-n", "le-matin")

    assert str(refused.exception) == (
        "“Le Matin” offers its readers no alerts: turn them on in its settings first."
    )
