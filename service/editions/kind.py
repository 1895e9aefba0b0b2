"""Pure: what an edition is made of: what is new, one piece, what editors chose, or an alert."""

from enum import StrEnum


class EditionKind(StrEnum):
    """How the articles of an edition are chosen, and so who gets it.

    A digest has what is new for the readers of a series, by their sections. Two are made manually,
    and go whole to every reader of the newsletter: `piece` is one article with its text, `chosen`
    is articles that editors picked. An `alert` is what is breaking, for the readers who have chosen
    alerts, by their sections. A `correction` has no articles: it is a letter to those who got an
    older revision of other editions.
    """

    DIGEST = "digest"
    PIECE = "piece"
    CHOSEN = "chosen"
    ALERT = "alert"
    CORRECTION = "correction"


GOES_TO_ALL = frozenset({EditionKind.PIECE, EditionKind.CHOSEN})
"""Kinds that go whole to every reader of a newsletter."""

LETTER_MASK = 1
"""The section mask of an edition without sections: its readers get the same message."""
