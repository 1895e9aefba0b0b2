"""A publisher moves a newsletter's readers to a less frequent series, in steps.

The row is where a move stands: it continues there after a crash.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reader_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("newsletter_id", sa.BigInteger(), nullable=False),
        sa.Column("moved_from", sa.Text(), nullable=False),
        sa.Column("moved_to", sa.Text(), nullable=False),
        sa.Column("readers", sa.BigInteger(), nullable=False),
        sa.Column("moved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_subscriber_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("notices_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("moved_from IN ('each', 'daily', 'weekly')", name="moved_from"),
        sa.CheckConstraint("moved_to IN ('each', 'daily', 'weekly')", name="moved_to"),
        sa.ForeignKeyConstraint(["newsletter_id"], ["newsletter.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_reader_move_running",
        "reader_move",
        ["newsletter_id"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("reader_move")
