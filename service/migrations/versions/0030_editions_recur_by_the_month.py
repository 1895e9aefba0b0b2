"""Editions come out on days of the month and every two weeks, too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "newsletter",
        sa.Column("month_days", ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column("newsletter", sa.Column("fortnight_from", sa.Date()))


def downgrade() -> None:
    # Slots of the month are unknown to the older version: without days there are no times either.
    op.execute("UPDATE newsletter SET times = '{}' WHERE cardinality(days) = 0")
    op.drop_column("newsletter", "fortnight_from")
    op.drop_column("newsletter", "month_days")
