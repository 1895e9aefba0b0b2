"""Pure: the notice that a reader's act makes due.

The audience cannot queue mail itself, it stands below delivery; its verbs return what is due and
the caller queues it in the same transaction:
`queue_notice(session, kind=due.kind, newsletter_id=due.newsletter_id, …)`.

A `confirm` notice's facts are those of `confirm_token.of_notice`, and `section_mask`. A
`welcome` may have `again`, for a reader who signed up although already active.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingNotice:
    """One transactional mail to write, and how long it makes sense to try."""

    kind: Literal["confirm", "welcome", "goodbye"]
    newsletter_id: int
    subscriber_id: int
    facts: Mapping[str, int | None]
    valid_for: timedelta
