"""An alert: an edition of what is breaking, made outside of the schedule.

The first one goes out immediately. What is breaking within some minutes after it is gathered in one
more, which goes out at their end; what comes after the newsletter's last alert of the day waits in
one that is held for a person. Nothing is lost by that: every digest has the article for those who
did not get it as an alert.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from service.editions import alert_queries, curate, queries, transitions
from service.editions.alert_timing import MAX_ARTICLES, AlertLimits, decide
from service.editions.kind import EditionKind
from service.editions.lifecycle import EditionState
from service.editions.new_edition import add_draft
from service.editions.tables import Edition
from service.kit.db import Session
from service.kit.errors import Conflict
from service.kit.log import get_logger
from service.kit.time_zones import load_zone
from service.kit.translatable import TranslatableMessage, translatable
from service.newsletters.details import NewsletterDetails
from service.newsletters.schedule import slot_at, slot_of

log = get_logger(__name__)


class AlertState(StrEnum):
    """What becomes of an alert."""

    NOW = "now"
    """It goes out now."""
    LATER = "later"
    """It goes out with others, some minutes after the last one."""
    HELD = "held"
    """It waits for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert that was made or added to; `at` is when it goes out, None while it is held."""

    newsletter_id: int
    edition_id: int
    state: AlertState
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAuthor:
    """Who makes an alert: a publisher's system or rule, or a person.

    What a person asks for needs no other approval (`is_approved`), unless the newsletter wants a
    second editor.
    """

    origin: str = "event"
    operator_id: int | None = None
    is_approved: bool = False


def make_alert(
    session: Session,
    newsletter: NewsletterDetails,
    article_ids: Collection[int],
    author: AlertAuthor,
    *,
    now: datetime,
) -> Alert | None:
    """Alert a newsletter's readers of articles; return None if each has made an alert before.

    The caller has placed the articles in the newsletter's sections.

    Raises:
        Invalid: the newsletter's time zone is known no more.
    """
    alert_queries.lock_alerts(session, newsletter.id)
    earlier = alert_queries.earlier_alerts(session, newsletter.id, article_ids)
    is_manual = author.origin == "hand"
    new = [
        each
        for each in article_ids
        # What an operator has stopped comes back only if an operator says so.
        if each not in earlier or (is_manual and earlier[each].is_given_up)
    ]
    if not new:
        return None
    midnight = _midnight(newsletter, now=now)
    found = alert_queries.open_alert(session, newsletter.id, midnight=midnight, now=now)
    if found is None:
        alert = _begin(session, newsletter, new, author, midnight=midnight, now=now)
    else:
        alert = _add(session, newsletter, found, new, author, now=now)
    log.info(
        "alert.made",
        edition=alert.id,
        newsletter=newsletter.id,
        articles=len(new),
        state=_state(alert).value,
    )
    return _as_alert(alert)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPreview:
    """What would become of an alert that is made now, and how many today has had."""

    state: AlertState
    at: datetime | None
    today: int


def preview_alert(
    session: Session, newsletter: NewsletterDetails, *, now: datetime
) -> AlertPreview:
    """Return what would become of an alert by a person; nothing is stored.

    Raises:
        Invalid: the newsletter's time zone is known no more.
    """
    midnight = _midnight(newsletter, now=now)
    recent = alert_queries.recent_alerts(session, newsletter.id, midnight=midnight)
    found = alert_queries.open_alert(session, newsletter.id, midnight=midnight, now=now, lock=False)
    decision = decide(recent, _limits(newsletter), now=now)
    is_held, at = decision.is_held, decision.at
    if found is not None:
        is_held, at = found.held_at is not None, found.window_to
    if is_held:
        return AlertPreview(state=AlertState.HELD, at=None, today=recent.today)
    state = AlertState.LATER if at > now else AlertState.NOW
    return AlertPreview(state=state, at=at, today=recent.today)


def _limits(newsletter: NewsletterDetails) -> AlertLimits:
    return AlertLimits(
        most_per_day=newsletter.alerts_per_day,
        merge_within=timedelta(minutes=newsletter.alerts_merge_minutes),
    )


def _begin(
    session: Session,
    newsletter: NewsletterDetails,
    article_ids: list[int],
    author: AlertAuthor,
    *,
    midnight: datetime,
    now: datetime,
) -> Edition:
    """Make a new alert, and plan it unless its time is still to come."""
    recent = alert_queries.recent_alerts(session, newsletter.id, midnight=midnight)
    decision = decide(recent, _limits(newsletter), now=now)
    edition_id = add_draft(
        session,
        newsletter.id,
        slot_of(decision.at, load_zone(newsletter.time_zone)),
        frequency=None,
        origin=author.origin,
        now=now,
        kind=EditionKind.ALERT,
    )
    if edition_id is None:
        raise Conflict(translatable("edition.conflict.started_twice"))
    edition = queries.by_id(session, edition_id, lock=True)
    if edition is None:
        raise RuntimeError("An alert is gone that was stored a moment ago.")
    # The seconds count, too, which a slot does not have.
    edition.window_to = decision.at
    note = translatable("edition.alert.held", limit=str(newsletter.alerts_per_day))
    is_too_many = _gather(session, edition, article_ids, now=now)
    _name_author(edition, newsletter, author, now=now)
    if decision.is_held or is_too_many:
        _hold(edition, _too_many_note() if is_too_many else note, now=now)
    if decision.is_held or is_too_many or decision.at <= now:
        _plan(session, newsletter, edition, now=now)
    session.flush()
    return edition


def _add(
    session: Session,
    newsletter: NewsletterDetails,
    edition: Edition,
    article_ids: list[int],
    author: AlertAuthor,
    *,
    now: datetime,
) -> Edition:
    """Add articles to an alert that is still to come, or held; hold one that has too many.

    An operator who adds one is its last editor, even if an event began the alert.
    """
    if _gather(session, edition, article_ids, now=now):
        _hold(edition, _too_many_note(), now=now)
        if edition.state is EditionState.DRAFT:
            _plan(session, newsletter, edition, now=now)
    if author.operator_id is not None:
        edition.curated_by, edition.curated_at = author.operator_id, now
    session.flush()
    return edition


def _gather(session: Session, edition: Edition, article_ids: list[int], *, now: datetime) -> bool:
    """Put articles into an alert as far as there is room; return whether some were left out.

    Those make no alert, and are in the next digest.
    """
    room = max(MAX_ARTICLES - alert_queries.count_articles(session, edition.id), 0)
    taken = article_ids[:room]
    if taken:
        alert_queries.put_alerted(session, edition, taken, now=now)
        curate.pin_alerted(session, edition, taken)
    left_out = len(article_ids) - len(taken)
    if left_out:
        log.warning("alert.articles_left_out", edition=edition.id, articles=left_out)
    return left_out > 0


def _too_many_note() -> TranslatableMessage:
    return translatable("edition.alert.too_many", limit=str(MAX_ARTICLES))


def _hold(edition: Edition, note: TranslatableMessage, *, now: datetime) -> None:
    edition.held_at = edition.held_at or now
    edition.note = note


def _name_author(
    edition: Edition, newsletter: NewsletterDetails, author: AlertAuthor, *, now: datetime
) -> None:
    """Store who has made an alert, and that this approves it."""
    if author.operator_id is not None:
        edition.curated_by, edition.curated_at = author.operator_id, now
    needs_another = newsletter.needs_second_editor and author.operator_id is not None
    if author.is_approved and not needs_another:
        edition.approved_by, edition.approved_at = author.operator_id, now


def _plan(
    session: Session, newsletter: NewsletterDetails, edition: Edition, *, now: datetime
) -> None:
    """Let an alert go out now, or as soon as it is held no more."""
    if newsletter.needs_approval and edition.approved_at is None:
        edition.held_at = edition.held_at or now
    transitions.mark_planned(edition, window_from=None, window_to=now, now=now)
    transitions.enqueue_build(session, edition, now=now)


def _midnight(newsletter: NewsletterDetails, *, now: datetime) -> datetime:
    zone = load_zone(newsletter.time_zone)
    return slot_at(now.astimezone(zone).date(), time(0), zone).instant


def _state(edition: Edition) -> AlertState:
    if edition.held_at is not None:
        return AlertState.HELD
    return AlertState.LATER if edition.state is EditionState.DRAFT else AlertState.NOW


def _as_alert(edition: Edition) -> Alert:
    state = _state(edition)
    return Alert(
        newsletter_id=edition.newsletter_id,
        edition_id=edition.id,
        state=state,
        at=None if state is AlertState.HELD else edition.window_to,
    )
