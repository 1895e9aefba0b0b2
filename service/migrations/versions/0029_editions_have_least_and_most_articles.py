"""Editions have a least and a most number of articles; what is too little waits.

So far there was only the most in a section: nothing waits, and nothing is thin.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

COLUMNS = ("least_per_section", "least_articles")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column(
            "newsletter", sa.Column(name, sa.SmallInteger(), server_default="1", nullable=False)
        )
    op.add_column("newsletter", sa.Column("most_articles", sa.SmallInteger()))
    op.add_column(
        "newsletter",
        sa.Column("thin_editions", sa.Text(), server_default="merge", nullable=False),
    )
    op.create_check_constraint("thin_editions", "newsletter", "thin_editions IN ('merge', 'skip')")
    op.add_column(
        "edition",
        sa.Column("waiting", ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("edition", "waiting")
    op.drop_constraint(op.f("ck_newsletter_thin_editions"), "newsletter", type_="check")
    for name in ("thin_editions", "most_articles", *COLUMNS):
        op.drop_column("newsletter", name)
