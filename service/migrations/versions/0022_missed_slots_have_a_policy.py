"""Each newsletter says what becomes of a slot that was missed.

All of them go on as before: they send late, as long as their news is valid.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "newsletter",
        sa.Column("missed_slots", sa.Text(), server_default="late", nullable=False),
    )
    op.add_column("newsletter", sa.Column("late_within", sa.Interval()))
    op.create_check_constraint(
        "missed_slots", "newsletter", "missed_slots IN ('late', 'merge', 'skip')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_newsletter_missed_slots"), "newsletter", type_="check")
    op.drop_column("newsletter", "late_within")
    op.drop_column("newsletter", "missed_slots")
