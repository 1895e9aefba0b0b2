"""Operators correct articles and file them elsewhere; sources do not undo it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article", sa.Column("corrections", JSONB(), nullable=False, server_default="{}"))
    op.add_column(
        "article_filing",
        sa.Column("refiled", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("article_filing", "refiled")
    op.drop_column("article", "corrections")
