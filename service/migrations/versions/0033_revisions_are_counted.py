"""Messages are counted by revision, and revisions keep which articles they changed."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tally", sa.Column("revision", sa.SmallInteger()))
    op.add_column(
        "edition_article",
        sa.Column("revise_now", sa.Boolean(), server_default="false", nullable=False),
    )
    op.create_table(
        "revised_article",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"]),
        sa.PrimaryKeyConstraint("edition_id", "number", "article_id"),
    )
    op.create_index("ix_revised_article_article_id", "revised_article", ["article_id"])
    # What was withdrawn before is known; which headlines were corrected is not.
    op.execute(
        "INSERT INTO revised_article (edition_id, number, article_id, is_withdrawn, title) "
        "SELECT edition_id, left_out_in, article_id, true, coalesce(frozen->>'title', '') "
        "FROM edition_article WHERE left_out_in IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table("revised_article")
    op.drop_column("edition_article", "revise_now")
    op.drop_column("tally", "revision")
