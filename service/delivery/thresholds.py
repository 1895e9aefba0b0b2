"""Pure: when an edition is going so wrong that it has to be stopped before all readers suffer.

A receiver that sees many mails to mailboxes that do not exist, or many complaints, stops taking
mail from the sender at all; one that refuses by policy has done so already.
"""

from dataclasses import dataclass

ENOUGH = 200
"""Mails that must have been handed over before shares mean anything."""

PATIENCE = 5
"""How many times more must have been handed over after each pause: somebody has seen the reason and
let the edition go on, and does not want to be asked again after every few hundred mails."""

ENOUGH_COMPLAINTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Shares of what was handed over, in per cent; 0 means never."""

    hard_bounces: float = 5.0
    complaints: float = 0.1
    policy: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How an edition has gone so far, since somebody last let it go on."""

    accepted: int = 0
    by_policy: int = 0
    # Refused at once because there is no such mailbox, and returned later.
    hard_bounces: int = 0
    complaints: int = 0
    refused: int = 0
    # How often it has paused itself before.
    own_pauses: int = 0

    @property
    def handed_over(self) -> int:
        """Return how many mails have an answer."""
        return self.accepted + self.refused

    @property
    def says_enough(self) -> bool:
        """Tell whether so many have an answer that the shares mean something."""
        needed: int = ENOUGH * PATIENCE**self.own_pauses
        return self.handed_over >= needed


def reason_to_pause(course: Course, limits: Thresholds) -> str | None:
    """Return why an edition has to be paused, in a sentence for the operator; None if it may go on.

    >>> reason_to_pause(Course(accepted=180, refused=20, by_policy=20), Thresholds())
    'Paused by itself: receivers refuse 10.0 % of the mails by policy; look at their answers first.'
    """
    total = course.handed_over
    if not course.says_enough:
        return None
    if _is_over(course.by_policy, total, limits.policy):
        return (
            f"Paused by itself: receivers refuse {_share(course.by_policy, total)} of the mails "
            "by policy; look at their answers first."
        )
    if _is_over(course.hard_bounces, total, limits.hard_bounces):
        return (
            f"Paused by itself: {_share(course.hard_bounces, total)} of the mails come back or go "
            "to mailboxes that do not exist; check where these readers come from."
        )
    if course.complaints >= ENOUGH_COMPLAINTS and _is_over(
        course.complaints, total, limits.complaints
    ):
        return (
            f"Paused by itself: {_share(course.complaints, total)} of the readers have complained "
            "about this edition."
        )
    return None


def _is_over(part: int, total: int, per_cent: float) -> bool:
    return per_cent > 0 and part * 100 >= per_cent * total


def _share(part: int, total: int) -> str:
    return f"{100 * part / total:.1f} %"
