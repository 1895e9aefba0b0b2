"""What a frozen edition looks like: one row per distinct choice of sections."""

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from service.kit.db import Base, timestamptz

WEB_MASK = -1
"""The mask under which the web version is stored: every section, no personal link."""


class Rendition(Base):
    """One variant of an edition, CSS inlined, personal links still holding the placeholder."""

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
