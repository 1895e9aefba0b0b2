"""Two subjects of an edition are tested with a sample of its readers; the better one is sent on.

Clicks are counted by edition and subject, without the reader; opens only where a newsletter says so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_STATES = "('prepared', 'running', 'decided', 'dropped')"
_OUTCOMES = "('clear', 'close', 'tie', 'nothing', 'chosen', 'too_small', 'cancelled', 'doubtful')"


def upgrade() -> None:
    op.create_table(
        "subject_test",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("second_subject", sa.Text(), nullable=False),
        sa.Column("sample_percent", sa.SmallInteger(), nullable=False),
        sa.Column("wait", sa.Interval(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("first_readers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("second_readers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True)),
        sa.Column("decides_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("winner", sa.SmallInteger()),
        sa.Column("outcome", sa.Text()),
        sa.Column("first_accepted", sa.Integer()),
        sa.Column("second_accepted", sa.Integer()),
        sa.Column("first_events", sa.Integer()),
        sa.Column("second_events", sa.Integer()),
        sa.CheckConstraint(f"state IN {_STATES}", name="state"),
        sa.CheckConstraint("measure IN ('clicks', 'opens')", name="measure"),
        sa.CheckConstraint(f"outcome IN {_OUTCOMES}", name="outcome"),
        sa.CheckConstraint(
            "(winner IS NOT NULL) = coalesce(outcome <> 'cancelled', false)", name="winner"
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("edition_id"),
    )
    op.create_index(
        "ix_subject_test_running",
        "subject_test",
        ["decides_at"],
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "counted_link",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("edition_id", "number"),
    )
    op.create_table(
        "counted_visit",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.SmallInteger(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "subject", "visitor"),
    )
    op.add_column("delivery", sa.Column("sample", sa.SmallInteger()))
    op.add_column(
        "batch", sa.Column("awaits_test", sa.Boolean(), server_default="false", nullable=False)
    )
    for name in ("first_subject", "second_subject"):
        op.add_column("tally", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "newsletter",
        sa.Column("measures_opens", sa.Boolean(), server_default="false", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("newsletter", "measures_opens")
    op.drop_column("tally", "second_subject")
    op.drop_column("tally", "first_subject")
    op.drop_column("batch", "awaits_test")
    op.drop_column("delivery", "sample")
    op.drop_table("counted_visit")
    op.drop_table("counted_link")
    op.drop_index("ix_subject_test_running", table_name="subject_test")
    op.drop_table("subject_test")
