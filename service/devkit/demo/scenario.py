"""The whole job without a person: sign up, confirm, get editions, choose, leave, bounce.

Every step is what a reader or the publisher does from outside; only the schedule is set, as an
operator would, so that the next slot comes in seconds. At the end the inbox is compared with
what each reader should have got, mail by mail.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Any

from service.articles import find
from service.boot import Runtime
from service.devkit.demo import browser
from service.devkit.demo.fixtures import BRIEF, EVERY_DAY, MATIN, READERS, DemoReader
from service.devkit.demo.inbox_view import InboxView, wait_until
from service.devkit.demo.signups import sign_up_all
from service.editions.find import edition_articles, get_edition, recent_editions
from service.editions.lifecycle import EditionState
from service.kit.errors import Unavailable
from service.newsletters import catalogue
from service.newsletters.draft import NewsletterDraft
from service.reports.ledger import get_ledger

PATIENCE = 60.0
LEAVES, BOUNCES, CHANGES = (
    "adjoa@readers.example.org",
    "seydou@readers.example.org",
    "kofi@readers.example.org",
)
CHANGED_TO = ("business", "africa", "politics")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioContext:
    """What the story is played on."""

    runtime: Runtime
    inbox: InboxView
    say: Callable[[str], None]


def run_scenario(stage: ScenarioContext) -> dict[str, Any]:
    """Play it and return the books; raise Unavailable naming the first thing that is missing."""
    public_url = stage.runtime.settings.public_url
    stage.say("Readers sign up and confirm by mail …")
    sign_up_all(READERS, public_url=public_url, inbox=stage.inbox)
    stage.say("Articles arrive by feeds and events …")
    for draft in (MATIN, BRIEF):
        wait_for_articles(stage.runtime, draft)
    stage.say("The schedule makes the first editions …")
    since = stage.inbox.last()
    editions = [_run_slot(stage, slug) for slug in (MATIN.slug, BRIEF.slug)]
    readers = {reader.address: reader for reader in READERS}
    for edition_id in editions:
        _compare(stage, edition_id, readers, since=since)
    stage.say("One reader leaves by one click, one bounces, one chooses other sections …")
    readers = _react(stage, readers, since=since)
    seen = _newest_article(stage)
    wait_until(
        "an article in the sections that a reader has now chosen",
        lambda: _newest_article(stage, sections=CHANGED_TO) > seen or None,
        patience=PATIENCE,
    )
    stage.say("The next edition goes to those who are left …")
    since = stage.inbox.last()
    editions.append(_run_slot(stage, BRIEF.slug))
    _compare(stage, editions[-1], readers, since=since)
    return _books(stage, editions)


def wait_for_articles(
    runtime: Runtime, draft: NewsletterDraft, *, patience: float = PATIENCE
) -> None:
    """Return when every section of a newsletter has something to say, to readers of any choice.

    Raises:
        Unavailable: a section has nothing after `patience` seconds.
    """
    wanted = {section.slug for section in draft.sections}

    def look() -> bool | None:
        with runtime.begin() as session:
            articles = find.list_articles(session, size=100).rows
        there = {
            each.section_key
            for each in articles
            if each.language == draft.locale and each.withdrawn_at is None
        }
        return wanted <= there or None

    wait_until(f"articles in every section of {draft.name}", look, patience=patience)


def _newest_article(stage: ScenarioContext, *, sections: tuple[str, ...] = ()) -> int:
    """Return the newest English article's id, of all sections or of some."""
    with stage.runtime.begin() as session:
        english = [
            each
            for each in find.list_articles(session, size=100).rows
            if each.language == "en" and (not sections or each.section_key in sections)
        ]
    return max((each.id for each in english), default=0)


def _run_slot(stage: ScenarioContext, slug: str) -> int:
    """Schedule a newsletter for a few seconds from now; return its edition once finished."""
    with stage.runtime.begin() as session:
        now = stage.runtime.clock()
        newsletter = catalogue.get(session, slug)
        before = {each.id for each in recent_editions(session, newsletter.id)}
        draft = catalogue.draft_of(newsletter)
        # Both newsletters keep the time of Abidjan, which is UTC.
        soon = (now + timedelta(seconds=2)).astimezone(UTC).time().replace(microsecond=0)
        catalogue.edit(session, slug, replace(draft, days=EVERY_DAY, times=(soon,)), now=now)

    def look() -> int | None:
        with stage.runtime.begin() as session:
            for each in recent_editions(session, newsletter.id):
                if each.id not in before and each.note:
                    raise RuntimeError(f"Edition {each.id} stopped: {each.note}")
                if each.id not in before and each.state == EditionState.FINISHED:
                    return each.id
        return None

    return wait_until(f"the edition of {slug}", look, patience=PATIENCE)


def _compare(
    stage: ScenarioContext, edition_id: int, readers: dict[str, DemoReader], *, since: int
) -> None:
    """Every reader whose sections are in the edition has it exactly once, the others not."""
    with stage.runtime.begin() as session:
        edition = get_edition(session, edition_id)
        slug = catalogue.get_by_id(session, edition.newsletter_id).slug
        inside = {section.slug for _, _, section in edition_articles(session, edition_id)}
        books = get_ledger(session, edition_id)
    expected = 0
    for reader in readers.values():
        wants = reader.newsletter == slug and (not reader.sections or inside & set(reader.sections))
        got = [
            mail
            for mail in stage.inbox.mails_to(reader.address, after=since)
            if str(edition.key) in stage.inbox.get_message(int(mail["id"]))["text"]
        ]
        if len(got) != (1 if wants else 0):
            raise Unavailable(
                f"{reader.address} has edition {edition_id} {len(got)} times in the inbox, "
                f"expected {1 if wants else 0}."
            )
        expected += bool(wants)
    if not books.balanced or books.accepted != expected:
        raise Unavailable(f"The books of edition {edition_id} are wrong: {books.as_dict()}.")


def _react(
    stage: ScenarioContext, readers: dict[str, DemoReader], *, since: int
) -> dict[str, DemoReader]:
    inbox = stage.inbox

    def digest_of(address: str) -> int:
        return int(inbox.mails_to(address, after=since)[-1]["id"])

    browser.post(f"{inbox.url}/mails/{digest_of(LEAVES)}/unsubscribe")
    page = browser.open_page(inbox.link(digest_of(CHANGES), "/preferences/"))
    browser.submit(page, {"section": CHANGED_TO})
    browser.post(f"{inbox.url}/mails/{digest_of(BOUNCES)}/bounce", why="hard")
    _wait_for_suppression(stage)
    left = {
        address: reader for address, reader in readers.items() if address not in {LEAVES, BOUNCES}
    }
    left[CHANGES] = replace(left[CHANGES], sections=CHANGED_TO)
    return left


def _wait_for_suppression(stage: ScenarioContext) -> None:
    def look() -> bool | None:
        with stage.runtime.begin() as session:
            newsletter = catalogue.get(session, BRIEF.slug)
            editions = recent_editions(session, newsletter.id)
            return any(get_ledger(session, each.id).bounced for each in editions) or None

    wait_until("the bounce in the ledger", look, patience=PATIENCE)


def _books(stage: ScenarioContext, editions: list[int]) -> dict[str, Any]:
    with stage.runtime.begin() as session:
        each = [get_ledger(session, edition_id).as_dict() for edition_id in editions]
    totals = {
        name: sum(books[name] for books in each)
        for name in (
            *("candidates", "accepted", "refused", "suppressed"),
            *("expired", "uncertain", "pending"),
        )
    }
    return totals | {"balanced": all(books["balanced"] is True for books in each), "editions": each}
