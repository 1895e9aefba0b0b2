"""An edition counts its setbacks, and addresses that senders have are such as messages can carry.

International domains were stored as they had been typed. Their ASCII form takes their place, in
newsletters and in the words of editions that are not at their end. What has none stays: its
editions are paused with a note that says what to correct.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from service.kit.errors import Invalid
from service.newsletters.sender_addresses import normalise_address

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "edition", sa.Column("setbacks", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column("edition", sa.Column("setback_at", sa.Text(), nullable=True))
    for field in ("sender_address", "reply_to"):
        _make_plain(
            f"SELECT id, {field} FROM newsletter WHERE {field} ~ '[^[:ascii:]]'",  # noqa: S608
            f"UPDATE newsletter SET {field} = :plain WHERE id = :id",  # noqa: S608
        )
        _make_plain(
            f"SELECT id, frozen->>'{field}' FROM edition "  # noqa: S608
            f"WHERE finished_at IS NULL AND frozen->>'{field}' ~ '[^[:ascii:]]'",
            "UPDATE edition "  # noqa: S608
            f"SET frozen = jsonb_set(frozen, '{{{field}}}', to_jsonb(CAST(:plain AS text))) "
            "WHERE id = :id",
        )


def downgrade() -> None:
    op.drop_column("edition", "setback_at")
    op.drop_column("edition", "setbacks")


def _make_plain(find: str, change: str) -> None:
    connection = op.get_bind()
    rows: Sequence[sa.Row[int, str]] = connection.execute(sa.text(find)).all()
    for row_id, address in rows:
        try:
            plain = normalise_address(address)
        except Invalid:
            continue
        connection.execute(sa.text(change), {"id": row_id, "plain": plain})
