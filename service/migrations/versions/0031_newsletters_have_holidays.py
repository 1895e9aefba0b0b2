"""Newsletters have holidays: dates without slots, of one of them or of all."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "newsletter_holiday",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("newsletter_id", sa.BigInteger()),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_newsletter_holiday_order")),
        sa.ForeignKeyConstraint(
            ["newsletter_id"],
            ["newsletter.id"],
            name=op.f("fk_newsletter_holiday_newsletter_id_newsletter"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_newsletter_holiday")),
    )
    op.create_index("ix_newsletter_holiday_newsletter_id", "newsletter_holiday", ["newsletter_id"])


def downgrade() -> None:
    op.drop_table("newsletter_holiday")
