"""Ask a hub to subscribe, to renew a lease before it ends, or to unsubscribe.

The hub answers that it will verify, and asks at our callback whether we meant it
(`service.articles.websub.callback`), possibly before it has answered. So what the request changes
is committed before it is made. Until the hub has verified, it is asked again, later each time; one
that refuses is asked again after a day, and meanwhile the feed is polled as any other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from service.articles import queries as article_queries
from service.articles.lifecycle import HubSubscriptionState
from service.articles.tables import HubSubscription
from service.articles.websub import queries
from service.kit.clock import Clock
from service.kit.db import Begin, Session
from service.kit.fetch import post_form
from service.kit.fetch_guard import ALLOWED_PORTS, FetchFailed, FetchRefused
from service.kit.log import get_logger

log = get_logger(__name__)

LEASE = timedelta(days=10)
"""What is asked for; the hub decides."""

FIRST_RETRY = timedelta(minutes=10)
MAX_TRIES = 5
DENIED_FOR = timedelta(days=1)
_RETRY_FACTOR = 2
_TIMEOUT = timedelta(seconds=15)
_SUCCESS = range(200, 300)
_KEPT = frozenset({HubSubscriptionState.REQUESTED, HubSubscriptionState.ACTIVE})


def due_subscriptions(session: Session, *, now: datetime, limit: int = 100) -> list[int]:
    """Return the ids of hub subscriptions that something is to be done about."""
    return queries.due_subscription_ids(session, now=now, limit=limit)


def ask_hub(
    begin: Begin,
    subscription_id: int,
    *,
    clock: Clock,
    public_url: str,
    allow_private: bool = False,
    ports: Collection[int] = ALLOWED_PORTS,
) -> None:
    """Make the request that a subscription is due for; do nothing if it is not.

    `public_url` is the address at which the hub calls us back. A hub, or a callback, without TLS
    would give the secret away: it is refused, unless private networks are allowed.
    """
    now = clock()
    with begin() as session:
        request = _prepare(session, subscription_id, now=now)
    if request is None:
        return
    why, is_refused = _post(request, public_url, allow_private=allow_private, ports=ports)
    if why is not None:
        with begin() as session:
            _record_failure(session, subscription_id, why, is_refused=is_refused, now=clock())


@dataclass(frozen=True, slots=True, kw_only=True)
class _HubRequest:
    """What a hub is asked for; `lease` is None to unsubscribe."""

    hub_url: str
    topic_url: str
    token: str
    secret: str
    lease: timedelta | None

    def fields(self, public_url: str) -> dict[str, str]:
        asked = {
            "hub.mode": "unsubscribe" if self.lease is None else "subscribe",
            "hub.topic": self.topic_url,
            "hub.callback": f"{public_url.rstrip('/')}/websub/{self.token}",
        }
        if self.lease is None:
            return asked
        seconds = str(round(self.lease.total_seconds()))
        return {**asked, "hub.lease_seconds": seconds, "hub.secret": self.secret}


def _prepare(session: Session, subscription_id: int, *, now: datetime) -> _HubRequest | None:
    """Make the transition that is due, and return what the hub is asked for; None: nothing."""
    row = queries.subscription_by_id(session, subscription_id)
    if row is None:
        return None
    wanted = _is_wanted(session, row)
    if not wanted and row.state in _KEPT:
        row.state, row.tries, row.next_try_at = HubSubscriptionState.LEAVING, 0, now
    elif not wanted and row.state is HubSubscriptionState.DENIED:
        end(row)
    if row.next_try_at is None or row.next_try_at > now:
        return None
    if row.state is HubSubscriptionState.DENIED or _has_lapsed(row, now=now):
        row.state, row.tries = HubSubscriptionState.REQUESTED, 0
    leaves = row.state is HubSubscriptionState.LEAVING
    row.tries += 1
    row.next_try_at = now + FIRST_RETRY * _RETRY_FACTOR ** (row.tries - 1)
    if row.tries > MAX_TRIES:
        # It has answered each time, and never verified.
        _give_up(row, now=now)
        return None
    return _HubRequest(
        hub_url=row.hub_url,
        topic_url=row.topic_url,
        token=row.token,
        secret=row.secret,
        lease=None if leaves else LEASE,
    )


def _is_wanted(session: Session, row: HubSubscription) -> bool:
    feed = article_queries.feed_by_id(session, row.feed_id) if row.feed_id else None
    return feed is not None and feed.paused_at is None


def _has_lapsed(row: HubSubscription, *, now: datetime) -> bool:
    return (
        row.state is HubSubscriptionState.ACTIVE
        and row.lease_ends_at is not None
        and row.lease_ends_at <= now
    )


def _post(
    request: _HubRequest, public_url: str, *, allow_private: bool, ports: Collection[int]
) -> tuple[str | None, bool]:
    """Return why the hub did not accept the request, None if it did, and whether that is final."""
    schemes = {urlsplit(url).scheme for url in (request.hub_url, public_url)}
    if schemes != {"https"} and not allow_private:
        return "no https", True
    try:
        answer = post_form(
            request.hub_url,
            request.fields(public_url),
            timeout=_TIMEOUT,
            allow_private=allow_private,
            ports=ports,
        )
    except FetchRefused as error:
        return str(error), True
    except FetchFailed as error:
        return str(error), False
    return (None, False) if answer.status in _SUCCESS else (str(answer.status), False)


def _record_failure(
    session: Session, subscription_id: int, why: str, *, is_refused: bool, now: datetime
) -> None:
    row = queries.subscription_by_id(session, subscription_id)
    if row is None:
        return
    log.info("websub.failed", subscription=subscription_id, reason=why)
    if is_refused or row.tries >= MAX_TRIES:
        _give_up(row, now=now)


def _give_up(row: HubSubscription, *, now: datetime) -> None:
    if row.state is HubSubscriptionState.LEAVING:
        # Its lease ends by itself, and until then the callback answers that it is gone.
        end(row)
    elif row.state in _KEPT:
        deny(row, now=now)


def deny(row: HubSubscription, *, now: datetime) -> None:
    """Take a hub's refusal: it is asked again after a day."""
    row.state = HubSubscriptionState.DENIED
    row.next_try_at, row.lease_ends_at, row.tries = now + DENIED_FOR, None, 0


def end(row: HubSubscription) -> None:
    """Receive nothing any more by a subscription."""
    row.state = HubSubscriptionState.ENDED
    row.next_try_at, row.lease_ends_at = None, None
