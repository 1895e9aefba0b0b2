"""Pure: every job with its queue and the id that its messages carry.

Readers wait for notices, so notices have a queue of their own and never wait for an edition.
`workers/` has one actor for each job, under the same name.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of background work: its name, its queue, and the name of the id it works on."""

    name: str
    queue: str
    id_name: str


POLL_FEED = Job("poll_feed", "articles", "feed_id")
"""Fetch the feed and take its articles in."""

FETCH_FULL_TEXT = Job("fetch_full_text", "articles", "article_id")
"""Take an article's text from its page, because its feed has only a teaser."""

ASK_HUB = Job("ask_hub", "articles", "subscription_id")
"""Subscribe a feed at its WebSub hub, renew the lease, or leave the hub."""

TAKE_PUSH = Job("take_push", "articles", "push_id")
"""Take in what a hub has sent about a feed."""

BUILD_EDITION = Job("build_edition", "editions", "edition_id")
"""Continue an edition from its current state: select, freeze, render, enrol."""

MOVE_READERS = Job("move_readers", "editions", "move_id")
"""Move a newsletter's readers to a less frequent series, a step at a time."""

SEND_EDITION = Job("send_edition", "delivery", "edition_id")
"""Lease due deliveries and hand them to the relay until none is due."""

DECIDE_SUBJECT = Job("decide_subject", "editions", "edition_id")
"""Decide a subject test whose time is over, and let the other readers have the winner."""

SEND_NOTICE = Job("send_notice", "notices", "notice_id")
"""Hand one transactional message to the relay."""

SEND_TRIAL = Job("send_trial", "notices", "trial_id")
"""Hand one trial message of an edition to the relay."""

RECORD_OUTCOME = Job("record_outcome", "outcomes", "report_id")
"""Parse a stored report and apply its effects."""

RECORD_REFUSALS = Job("record_refusals", "outcomes", "edition_id")
"""Classify what relays refused during the SMTP dialogue; the id 0 stands for the notices."""

ALL = (
    POLL_FEED,
    FETCH_FULL_TEXT,
    ASK_HUB,
    TAKE_PUSH,
    BUILD_EDITION,
    MOVE_READERS,
    SEND_EDITION,
    DECIDE_SUBJECT,
    SEND_NOTICE,
    SEND_TRIAL,
    RECORD_OUTCOME,
    RECORD_REFUSALS,
)

BY_NAME = {job.name: job for job in ALL}
