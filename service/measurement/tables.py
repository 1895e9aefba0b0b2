"""Links that are counted, and the visits that they brought while a subject test ran."""

from sqlalchemy import BigInteger, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from service.kit.db import Base


class CountedLink(Base):
    """Where a counted link of an edition leads; it stays, because old messages are read."""

    __tablename__ = "counted_link"

    edition_id: Mapped[int] = mapped_column(
        ForeignKey("edition.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    url: Mapped[str]


class CountedVisit(Base):
    """Someone who clicked in, or opened, a message with one subject; until its test is decided.

    `visitor` is a keyed hash of a network and one of its few places: the same visitor counts once,
    a network a few times, and the hash does not lead back to them. No foreign key: its check would
    wait for a step that has locked the edition, and a click never waits.
    """

    __tablename__ = "counted_visit"

    edition_id: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    subject: Mapped[int] = mapped_column(SmallInteger(), primary_key=True)
    visitor: Mapped[str] = mapped_column(primary_key=True)
