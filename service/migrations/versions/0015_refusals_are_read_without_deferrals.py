"""The refusals of an edition are read without its deferrals, and readers are counted by domain.

An edition's page read all of its attempts at each view, and most of them are of readers who were
only put off. How many domains there are the planner takes from statistics of its own: it guessed
as many as readers, and sorted them all. The index is small and made from one reading of the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_attempt_answer",
        "attempt",
        ["edition_id", "subscriber_id", sa.text("id DESC")],
        postgresql_where=sa.text("result <> 'deferred'"),
    )
    op.execute(
        "CREATE STATISTICS subscriber_domain "
        "ON (split_part(coalesce(address_key, ''), '@', 2)) FROM subscriber"
    )
    # What is only made is empty: it is filled when the table is looked at next.
    op.execute("ANALYZE subscriber")


def downgrade() -> None:
    op.execute("DROP STATISTICS subscriber_domain")
    op.drop_index("ix_attempt_answer", table_name="attempt")
