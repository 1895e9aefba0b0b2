"""What a frozen edition looks like: its parts, and the web version."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from service.kit.db import Base, timestamptz

WEB_MASK = -1
"""The mask under which the web version is stored: every section, no personal link."""


FRAME = -1
"""The bit under which the frame is stored: no section has it."""


class StoredPart(Base):
    """The frame of an edition's mail, or one of its sections at one level of `fit`, CSS inlined.

    A choice of sections has no row of its own: its mail is a join of these (`parts.Parts`).
    """

    __tablename__ = "part"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    # Parts of an older revision stay: a mail that may have gone out has its bytes.
    revision: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    bit: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    html: Mapped[str]
    text: Mapped[str]
    # What the checks found; of the frame its mark and placeholder, of a section at level 0 its
    # place, its name, and headline and summary of its articles.
    facts: Mapped[dict[str, Any]]


class Rendition(Base):
    """The web version of an edition, and the variants of editions from before there were parts."""

    __tablename__ = "rendition"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    mask: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    subject: Mapped[str]
    html: Mapped[str]
    text: Mapped[str]
    # Stands where a reader's token will: see rendering.placeholder.
    placeholder: Mapped[str]
    # What the checks found worth telling, in sentences.
    warnings: Mapped[list[str]] = mapped_column(server_default="{}")
    rendered_at: Mapped[timestamptz]
