"""Feeds are of kinds: WordPress's REST API is read in its own way."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed", sa.Column("kind", sa.Text(), nullable=False, server_default="feed"))
    op.create_check_constraint("kind", "feed", "kind IN ('feed', 'wordpress')")


def downgrade() -> None:
    op.drop_column("feed", "kind")
