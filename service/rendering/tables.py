"""A frozen edition as rendered: its parts, and the web version."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from service.kit.db import Base, timestamptz

WEB_MASK = -1
"""The mask under which the web version is stored: every section, no personal link."""


FRAME = -1
"""The bit under which the frame is stored: no section has it."""


class StoredPart(Base):
    """The frame of an edition's message, or one section at one level of reduction, CSS inlined.

    A variant has no row of its own: its message is a join of these (`parts.EditionParts`).
    """

    __tablename__ = "part"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    # Parts of older revisions stay: a message that may have gone out keeps its bytes.
    revision: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    bit: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    html: Mapped[str]
    text: Mapped[str]
    # Problems found by the checks. Of the frame also its mark and placeholder; of a section at
    # level 0 its place, its name, and the headlines and summaries of its articles.
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
    # Stands where a reader's token goes: see rendering.placeholder.
    placeholder: Mapped[str]
    # Of editions from before there were parts: reductions and problems, in English.
    warnings: Mapped[list[str]] = mapped_column(server_default="{}")
    rendered_at: Mapped[timestamptz]
