"""A feed's articles are found by an index.

A poll that brings several unknown items asks for its feed's articles of the same headlines, and
removing a feed asks for all of them. Both read every article that ever came.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_article_feed_id",
        "article",
        ["feed_id", "id"],
        postgresql_where=sa.text("feed_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_article_feed_id", table_name="article")
