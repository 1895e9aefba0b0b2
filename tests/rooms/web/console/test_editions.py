"""Editions: the ledger drawn, the preview in its box, send now with its progress."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from service.accounts.roles import Role
from service.articles.tables import Article
from service.articles.withdraw import withdraw
from service.boot import Runtime
from service.delivery.progress.queries import counters as sums
from service.delivery.relay_incidents import queries as relays
from service.delivery.tables import Delivery
from service.delivery.throttling.throttle import Throttle
from service.delivery.workflow import advance
from service.editions import build, control, plan
from service.editions.find import edition_articles, get_edition, recent_editions
from service.editions.lifecycle import FINAL
from service.editions.locking import lock_edition
from service.editions.tables import Edition
from service.kit.translatable import translatable, verbatim
from service.rendering.tables import WEB_MASK, Rendition
from tests.builders import a_delivery, a_newsletter, a_reader, an_article, some_sums
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue
from tests.rooms.web.signed_in import an_operator

MAIL = (
    "<!DOCTYPE html><style>@media (prefers-color-scheme: dark) { body { color: #fff } }</style>"
    "<script>parent.document.title = 'taken'</script><p>Bonjour</p>"
)


@dataclass(frozen=True)
class Sent:
    edition_id: int
    first_reader: int


@pytest.fixture
def sent(runtime: Runtime) -> Sent:
    """An edition that is being sent: 12 readers, 7 accepted, 2 refused, 1 uncertain, 2 pending."""
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=now)
        readers = [a_reader(session, newsletter, now=now) for _ in range(12)]
        edition = plan.plan_now(session, newsletter.id, now=now)
        states = ["accepted"] * 7 + ["refused"] * 2 + ["uncertain", "pending", "deferred"]
        for reader, state in zip(readers, states, strict=True):
            a_delivery(
                session,
                edition.id,
                reader.subscriber_id,
                state=state,
                mask=7,
                next_at=now if state == "deferred" else None,
            )
        for mask in (7, WEB_MASK):
            session.add(
                Rendition(
                    edition_id=edition.id,
                    mask=mask,
                    subject="Bonjour",
                    html=MAIL,
                    text="Bonjour en texte",
                    placeholder="crieurtoken",
                    warnings=[],
                    rendered_at=now,
                )
            )
        some_sums(session, edition.id, at=now)
        session.execute(
            update(Edition)
            .where(Edition.id == edition.id)
            .values(state="sending", subject="Bonjour", frozen_at=now, enrolled_at=now)
        )
        return Sent(edition_id=edition.id, first_reader=readers[0].subscriber_id)


def test_the_ledger_is_drawn_and_written(runtime: Runtime, sent: Sent) -> None:
    browser = an_operator(runtime, locale="en")

    page = browser.get(f"/console/editions/{sent.edition_id}").text
    listed = browser.get("/console/editions").text

    label = "12 readers: Accepted 7, Refused 2, Uncertain 1, Pending 2"
    assert f'aria-label="{label}"' in " ".join(page.split())
    assert f'aria-label="{label}"' in " ".join(listed.split())
    assert "10 of 12" in page
    assert "style=" not in page


def test_what_came_back_is_told_beside_the_ledger(runtime: Runtime, sent: Sent) -> None:
    with runtime.begin() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.subscriber_id == sent.first_reader)
            .values(outcome="bounced", outcome_at=runtime.clock())
        )

    page = an_operator(runtime, locale="en").get(f"/console/editions/{sent.edition_id}").text

    assert "Since: 1 bounced, 0 complained." in page
    assert "12 readers: Accepted 7," in " ".join(page.split())


def test_the_page_follows_the_edition_until_it_is_over(runtime: Runtime, sent: Sent) -> None:
    browser = an_operator(runtime, locale="en")
    here = f"/console/editions/{sent.edition_id}"

    running = browser.get(here).text
    told = browser.get(f"{here}/progress").json()
    with runtime.begin() as session:
        control.cancel(session, sent.edition_id, now=runtime.clock())
    cancelled = browser.get(f"{here}/progress").json()
    with runtime.begin() as session:
        session.execute(
            update(Edition).values(state="finished", finished_at=runtime.clock(), readers=10)
        )
    over = browser.get(here).text

    assert f'data-live="{here}"' in running
    assert 'role="status" id="said">Sending: 80 %<' in running
    assert (told["said"], told["over"]) == ("Sending: 80 %", False)
    assert set(told["parts"]) == {"progress", "acts", "ledger"}
    assert "10 of 12" in told["parts"]["progress"]
    # What is under way still has to find its end.
    assert (cancelled["over"], "form" in cancelled["parts"]["acts"]) == (False, False)
    assert browser.get(f"{here}/progress").json()["over"]
    assert "data-live" not in over
    assert "http-equiv" not in over


def test_why_an_edition_paused_itself_stands_in_front(runtime: Runtime, sent: Sent) -> None:
    reason = translatable("edition.refused.complaints", share=0.3)
    with runtime.begin() as session:
        control.pause(session, sent.edition_id, now=runtime.clock(), note=reason)
    browser = an_operator(runtime)
    here = f"/console/editions/{sent.edition_id}"

    page = browser.get(here).text
    told = browser.get(f"{here}/progress").json()

    assert '<div class="stopped">' in page
    assert page.count("0,3\u00a0% des lecteurs se sont plaints") == 2  # Seen, and said.
    assert f"{here}/resume" in told["parts"]["acts"]
    assert told["said"].startswith("En pause. Mise en pause automatiquement")
    browser.post(f"{here}/resume")
    assert "stopped" not in browser.get(here).text


def test_mails_of_a_new_sender_that_wait_for_another_day_do_not_look_refused(
    runtime: Runtime, sent: Sent
) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.edition_id == sent.edition_id, Delivery.state == "deferred")
            .values(next_at=now + timedelta(hours=1))
        )
    first_days = {"example.org": now.date() - timedelta(days=2)}
    throttle = Throttle(runtime.redis_store, runtime.throttle.rules, warm_up=first_days)
    here = f"/console/editions/{sent.edition_id}"

    new = an_operator(replace(runtime, throttle=throttle)).get(here).text
    old = an_operator(runtime, locale="en").get(here).text

    assert "1\u202f000 e-mails au plus aujourd’hui" in new
    assert "new sender" not in old


def test_rate_chart_and_waves_are_drawn_and_written(runtime: Runtime, sent: Sent) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        for seconds, count in ((40, 90), (30, 1200), (20, 0), (5, 300)):
            at = now - timedelta(seconds=seconds)
            sums.add_counts(session, sent.edition_id, {"accepted": count}, now=at)
        session.execute(
            update(Edition).values(readers=3000, waves={"0": 2000, "120": 1000}, enrolled_at=now)
        )
    browser = an_operator(runtime, locale="en")

    page = " ".join(browser.get(f"/console/editions/{sent.edition_id}").text.split())

    assert "31 messages per second" in page  # Those of the last ten seconds.
    assert (
        'aria-label="Rate from 05:59:20 to 06:00:00, with a peak of 120 messages per second"'
        in page
    )
    assert page.split('aria-label="Rate')[1].split("</svg>")[0].count("<rect") == 3
    assert '<progress class="hidden" max="3000" value="1600"' in page
    assert "8 Feb, 08:00" in page
    assert '<span class="sub">in 2 hours</span></th><td class="number">1,000</td>' in page
    assert "style=" not in page


def test_without_javascript_a_running_edition_reloads_its_page(
    runtime: Runtime, sent: Sent
) -> None:
    page = an_operator(runtime).get(f"/console/editions/{sent.edition_id}").text

    assert '<noscript><meta http-equiv="refresh" content="4"></noscript>' in page


def test_the_preview_is_a_sandbox_that_runs_nothing(runtime: Runtime, sent: Sent) -> None:
    browser = an_operator(runtime)

    page = browser.get(f"/console/editions/{sent.edition_id}").text
    frame = browser.get(f"/console/editions/{sent.edition_id}/rendition/7")

    assert '<iframe class="look look-desktop" sandbox ' in page
    policy = frame.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert policy.endswith("sandbox")
    assert "Bonjour" in frame.text


@pytest.mark.parametrize(
    ("look", "query"), [("desktop", "not all"), ("phone", "not all"), ("dark", "all")]
)
def test_dark_and_light_do_not_depend_on_the_operators_screen(
    runtime: Runtime, sent: Sent, look: str, query: str
) -> None:
    frame = (
        an_operator(runtime)
        .get(f"/console/editions/{sent.edition_id}/rendition/7?look={look}")
        .text
    )

    assert f"@media {query} {{" in frame
    assert "prefers-color-scheme" not in frame


def test_the_text_is_shown_as_text(runtime: Runtime, sent: Sent) -> None:
    frame = an_operator(runtime).get(
        f"/console/editions/{sent.edition_id}/rendition/{WEB_MASK}?look=text"
    )

    assert frame.headers["content-type"].startswith("text/plain")
    assert frame.text == "Bonjour en texte"


def test_a_variant_that_is_not_there_is_not_found(runtime: Runtime, sent: Sent) -> None:
    browser = an_operator(runtime)

    assert browser.get(f"/console/editions/{sent.edition_id}/rendition/5").status_code == 404
    assert browser.get("/console/editions/999").status_code == 404


def test_sending_now_asks_first_and_then_shows_the_progress(runtime: Runtime) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=runtime.clock())
        for _ in range(3):
            a_reader(session, newsletter, now=runtime.clock())
    browser = an_operator(runtime, Role.EDITOR)

    question = browser.get("/console/newsletters/le-matin/send").text
    answer = browser.post("/console/newsletters/le-matin/send")

    assert "3 lecteurs actifs" in question
    with runtime.begin() as session:
        (edition,) = recent_editions(session)
    assert answer.headers["location"] == f"/console/editions/{edition.id}"
    assert edition.origin == "hand"
    page = browser.get(answer.headers["location"]).text
    assert "C’est parti." in page
    assert "Prévue" in page


@pytest.mark.parametrize(("state", "is_told"), [("sending", True), ("finished", False)])
def test_while_mail_is_to_go_out_a_relay_that_lets_nobody_in_is_named(
    runtime: Runtime, state: str, is_told: bool
) -> None:
    why = {"reason": translatable("relay.no_starttls"), "advice": verbatim("Ask.")}
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=now)
        edition = plan.plan_now(session, newsletter.id, now=now)
        finished_at = now if state in FINAL else None
        session.execute(update(Edition).values(state=state, finished_at=finished_at))
        relays.keep(session, "mail.example.org:587", why, now=now, old=now)

    page = an_operator(runtime).get(f"/console/editions/{edition.id}").text

    assert ("mail.example.org:587" in page) is is_told
    assert ("le relais ne propose pas STARTTLS" in page) is is_told


def test_pressing_send_twice_in_a_second_makes_one_edition(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    browser = an_operator(runtime)

    browser.post("/console/newsletters/le-matin/send")
    second = browser.post("/console/newsletters/le-matin/send")

    assert "vient d’être lancée" in browser.get(second.headers["location"]).text
    with runtime.begin() as session:
        assert len(recent_editions(session)) == 1


def test_an_edition_is_paused_resumed_and_cancelled(runtime: Runtime, sent: Sent) -> None:
    browser = an_operator(runtime)
    here = f"/console/editions/{sent.edition_id}"

    browser.post(f"{here}/pause")
    assert "En pause" in browser.get(here).text
    browser.post(f"{here}/resume")
    with runtime.begin() as session:
        assert get_edition(session, sent.edition_id).paused_at is None
    browser.post(f"{here}/cancel")

    page = browser.get(here).text
    assert "Annulée" in page
    assert f"{here}/pause" not in page
    browser.post(f"{here}/pause")
    refused = f"L’édition {sent.edition_id} est annulée : elle ne peut plus être mise en pause."
    assert refused in browser.get(here).text.replace("\N{NO-BREAK SPACE}", " ")
    journal = browser.get("/console/journal").text
    assert journal.count("Édition mise en pause") == 1


def test_a_held_and_paused_edition_is_resumed_then_approved(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=now)
        edition_id = plan.plan_now(session, newsletter.id, now=now, held=True).id
        control.pause(session, edition_id, now=now)
    browser = an_operator(runtime)
    here = f"/console/editions/{edition_id}"

    paused = browser.get(here).text
    browser.post(f"{here}/approve")
    refused = browser.get(here).text
    browser.post(f"{here}/resume")
    held = browser.get(here).text

    assert f"{here}/resume" in paused
    assert f"{here}/approve" not in paused
    assert "est retenue et en pause" in refused
    assert f"{here}/approve" in held


def test_cancelling_asks_first_and_says_what_has_gone(runtime: Runtime, sent: Sent) -> None:
    browser = an_operator(runtime, locale="en")
    here = f"/console/editions/{sent.edition_id}"

    page = browser.get(here).text
    question = browser.get(f"{here}/cancel").text

    assert f'href="{here}/cancel"' in page
    assert f'action="{here}/cancel"' not in page
    assert "7 of 12 messages have already been sent." in question
    assert f'action="{here}/cancel"' in question
    with runtime.begin() as session:
        assert get_edition(session, sent.edition_id).state == "sending"


def test_before_the_freeze_cancelling_frees_the_articles_and_says_so(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=now)
        edition = plan.plan_now(session, newsletter.id, now=now)

    question = an_operator(runtime, locale="en").get(f"/console/editions/{edition.id}/cancel").text

    assert "Its articles are free for the next edition." in question


def test_nobody_is_asked_whether_to_cancel_what_is_over(runtime: Runtime, sent: Sent) -> None:
    with runtime.begin() as session:
        session.execute(update(Delivery).values(state="accepted", next_at=None))
        session.execute(update(Edition).values(state="cancelled", finished_at=runtime.clock()))
    browser = an_operator(runtime)

    answer = browser.get(f"/console/editions/{sent.edition_id}/cancel")

    assert answer.headers["location"] == f"/console/editions/{sent.edition_id}"
    assert "ce n’est plus possible" in browser.get(answer.headers["location"]).text


@pytest.mark.parametrize("address", ["/console", "/console/editions"])
def test_lists_say_which_edition_waits_for_an_operator(
    runtime: Runtime, sent: Sent, address: str
) -> None:
    browser = an_operator(runtime, locale="en")
    before = browser.get(address).text
    with runtime.begin() as session:
        control.pause(session, sent.edition_id, now=runtime.clock())
    paused = browser.get(address).text
    with runtime.begin() as session:
        control.cancel(session, sent.edition_id, now=runtime.clock())
    after = browser.get(address).text

    assert ["Paused" in page for page in (before, paused, after)] == [False, True, False]


def test_nobody_may_do_anything_else_to_an_edition(runtime: Runtime, sent: Sent) -> None:
    answer = an_operator(runtime).post(f"/console/editions/{sent.edition_id}/explode")

    assert answer.status_code == 404


def test_an_edition_lists_its_articles_by_section(runtime: Runtime) -> None:
    now = runtime.clock()
    with runtime.begin() as session:
        newsletter = a_newsletter(session, "Politique", "Sport", now=now)
        for section in ("Sport", "Politique", "Sport", "Météo"):
            an_article(session, section, seen=now - timedelta(hours=1), title=f"Titre {section}")
        edition = plan.plan_now(session, newsletter.id, now=now)
        build.select_articles(session, edition.id, now=now)

    page = an_operator(runtime).get(f"/console/editions/{edition.id}").text

    assert "Articles (3)" in page
    listed = page.split("Articles (3)")[1]
    assert listed.index("<h3>Politique</h3>") < listed.index("<h3>Sport</h3>")
    assert listed.count("Titre Sport") == 2
    assert "Titre Météo" not in listed


def test_a_choice_that_no_reader_made_is_not_offered_for_a_look(
    runtime: Runtime, sent: Sent
) -> None:
    with runtime.begin() as session:
        edition = lock_edition(session, sent.edition_id)
        edition.section_mask = 7
        for mask in (1, 3):
            session.add(
                Rendition(
                    edition_id=edition.id,
                    mask=mask,
                    subject="Bonjour",
                    html=MAIL,
                    text="Bonjour",
                    placeholder="crieurtoken",
                    warnings=[],
                    rendered_at=runtime.clock(),
                )
            )
        session.execute(
            update(Delivery).where(Delivery.subscriber_id == sent.first_reader).values(mask=1)
        )
    page = an_operator(runtime, locale="en").get(f"/console/editions/{sent.edition_id}").text

    assert "mask=1#" in page
    assert "mask=3#" not in page
    assert "Every section" in page
    assert "11 readers" in page
    assert "1 reader<" in page
    assert page.index("mask=1#") < page.index("Web version")


def test_a_held_edition_is_shown_as_it_would_go_out_now(runtime: Runtime, clock: FakeClock) -> None:
    issue = an_issue(runtime.begin, clock, produced=False)
    with runtime.begin() as session:
        control.hold(session, issue.edition_id, now=clock.now)
        build.select_articles(session, issue.edition_id, now=clock.now)
        ((_, article, _), *_) = edition_articles(session, issue.edition_id)
        session.get_one(Article, article.id).title = "Réécrit ce matin"
    browser = an_operator(runtime, locale="en")

    page = browser.get(f"/console/editions/{issue.edition_id}").text
    frame = browser.get(f"/console/editions/{issue.edition_id}/rendition/7").text
    sport = browser.get(f"/console/editions/{issue.edition_id}/rendition/4").text

    assert "This is how it would look if it were sent now." in page
    # News stays valid for a day, and nobody has let it go yet.
    assert "It can be approved until 9 Feb, 06:00." in page
    assert f"/console/editions/{issue.edition_id}/rendition/7" in page
    assert "Réécrit ce matin" in frame
    assert "Réécrit ce matin" not in sport


def test_fifteen_choices_are_not_fifteen_links(runtime: Runtime, clock: FakeClock) -> None:
    with runtime.begin() as session:
        names = ("Politique", "Culture", "Sport", "Monde")
        newsletter = a_newsletter(session, *names, now=clock.now)
        for name in names:
            an_article(session, name, seen=clock.now - timedelta(minutes=5))
        for mask in range(1, 16):
            a_reader(session, newsletter, now=clock.now, mask=mask)
        edition_id = plan.plan_now(session, newsletter.id, now=clock.now).id
    advance.advance_edition(runtime.begin, edition_id, clock=clock, public_url="http://crieur.test")

    page = an_operator(runtime, locale="en").get(f"/console/editions/{edition_id}").text

    # Twelve choices and the web version, and four looks.
    assert page.count("#looks-part") == 12 + 1 + 4
    assert "3 more choices combine the same sections differently." in page


def test_what_was_sent_is_still_shown_when_an_article_is_withdrawn_later(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)
        ((_, withdrawn, _), (_, stays, _), *_) = edition_articles(session, issue.edition_id)
        withdraw(session, withdrawn.id, now=clock.now)
    advance.advance_edition(
        runtime.begin, issue.edition_id, clock=clock, public_url="http://crieur.test"
    )
    with runtime.begin() as session:
        left = get_edition(session, issue.edition_id).section_mask
    browser = an_operator(runtime, locale="en")
    where = f"/console/editions/{issue.edition_id}"

    page = browser.get(where).text
    frame = browser.get(f"{where}/rendition/{left}")

    assert "Version 2," in page
    assert f"{where}/rendition/{left}" in page
    assert stays.title in frame.text
    assert browser.get(f"{where}/rendition/{1 << 40}").status_code == 404


def test_an_edition_that_lost_every_article_afterwards_still_shows_what_was_sent(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock, masks=(0b1,))
    with runtime.begin() as session:
        control.cancel(session, issue.edition_id, now=clock.now)
        articles = [each for _, each, _ in edition_articles(session, issue.edition_id)]
        for each in articles:
            withdraw(session, each.id, now=clock.now)
    advance.advance_edition(
        runtime.begin, issue.edition_id, clock=clock, public_url="http://crieur.test"
    )
    browser = an_operator(runtime, locale="en")
    where = f"/console/editions/{issue.edition_id}"

    page = browser.get(where).text
    frame = browser.get(f"{where}/rendition/1")

    assert f"{where}/rendition/1" in page
    assert articles[0].title in frame.text


def test_a_revision_is_told_where_the_edition_is_watched(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        ((_, article, _), *_) = edition_articles(session, issue.edition_id)
        withdraw(session, article.id, now=clock.now)
    advance.advance_edition(
        runtime.begin, issue.edition_id, clock=clock, public_url="http://crieur.test"
    )
    browser = an_operator(runtime, locale="en")

    page = browser.get(f"/console/editions/{issue.edition_id}").text
    told = browser.get(f"/console/editions/{issue.edition_id}/progress").json()

    assert "1 article was withdrawn; messages not yet sent go out without it." in page
    assert "Version 2," in told["parts"]["progress"]
    assert told["shape"] == "rendered-2"
    web = browser.get(f"/console/editions/{issue.edition_id}/rendition/{WEB_MASK}").text
    assert article.title not in web
