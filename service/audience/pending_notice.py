"""Pure: a notice that a verb of the audience returns for its caller to queue.

The audience cannot queue messages itself because it is a layer below delivery. Its verbs return the
pending notice and the caller queues it in the same transaction with `queue_pending_notice` of
`service.delivery.notices.send_notice`.

A `confirm` notice's facts are those of `confirm_token.ConfirmToken.facts`, `section_mask` and
`frequency`; a `welcome` has the last two. It may have `again`: the reader signed up although
already active.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingNotice:
    """One transactional message to queue, and how long to try."""

    kind: Literal["confirm", "welcome", "goodbye"]
    newsletter_id: int
    subscriber_id: int
    facts: Mapping[str, int | str | None]
    valid_for: timedelta
