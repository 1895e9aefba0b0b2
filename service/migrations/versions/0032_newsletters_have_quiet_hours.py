"""Newsletters have quiet hours, in which no delivery of an edition begins."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("newsletter", sa.Column("quiet_from", sa.Time()))
    op.add_column("newsletter", sa.Column("quiet_to", sa.Time()))
    op.create_check_constraint(
        "quiet_hours", "newsletter", "(quiet_from IS NULL) = (quiet_to IS NULL)"
    )
    op.add_column(
        "edition",
        sa.Column("ignores_quiet_hours", sa.Boolean(), server_default="false", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("edition", "ignores_quiet_hours")
    op.drop_constraint(op.f("ck_newsletter_quiet_hours"), "newsletter", type_="check")
    op.drop_column("newsletter", "quiet_to")
    op.drop_column("newsletter", "quiet_from")
