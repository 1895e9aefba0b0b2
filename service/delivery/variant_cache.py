"""Finished variants of an edition, as many as there is room for: each is composed once."""

import threading
from typing import NamedTuple, Self

from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.messages.compose import PreparedMessage
from service.editions.subject_test_rules import FIRST

VARIANT_CACHE_BYTES = 32_000_000
"""Bytes of finished variants that a run keeps: six thousand, or a few hundred signed ones."""


class VariantKey(NamedTuple):
    """What the messages of one variant have in common."""

    revision: int
    mask: int
    subject: int = FIRST
    # For the sample of a subject test: with counted links.
    is_sample: bool = False

    @classmethod
    def of(cls, claimed: ClaimedDelivery) -> Self:
        """Return the variant that a reader gets."""
        return cls(claimed.revision, claimed.mask, claimed.subject, claimed.is_sample)


class VariantCache:
    """Finished variants, the oldest of which make room for new ones.

    One thread puts them there while another one finds them.
    """

    def __init__(self, room: int) -> None:
        """Take how many bytes there is room for."""
        self._room = room
        self._kept: dict[VariantKey, PreparedMessage] = {}
        self._guard = threading.Lock()

    def find(self, key: VariantKey) -> PreparedMessage | None:
        """Return a variant that is there."""
        return self._kept.get(key)

    def keep(self, key: VariantKey, composed: PreparedMessage) -> None:
        """Put a variant there; one alone may be larger than the room."""
        with self._guard:
            if key in self._kept:
                return  # Two readers of one choice came at the same moment.
            self._room -= composed.weight
            while self._room < 0 and self._kept:
                self._room += self._kept.pop(next(iter(self._kept))).weight
            self._kept[key] = composed
