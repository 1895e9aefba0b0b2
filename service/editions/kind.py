"""Pure: what an edition is made of: what is new, one piece, or what editors chose."""

from enum import StrEnum


class EditionKind(StrEnum):
    """How the articles of an edition are chosen, and so who gets it.

    A digest has what is new for the readers of a series, by their sections. The other two are made
    manually, and go whole to every reader of the newsletter: `piece` is one article with its text,
    `chosen` is articles that editors picked.
    """

    DIGEST = "digest"
    PIECE = "piece"
    CHOSEN = "chosen"
