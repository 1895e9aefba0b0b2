"""Full texts are taken from articles' pages, where a feed has only teasers."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "feed", sa.Column("full_text", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column("article", sa.Column("full_text_at", sa.DateTime(timezone=True)))
    op.create_table(
        "full_text_request",
        sa.Column(
            "article_id",
            sa.BigInteger(),
            sa.ForeignKey("article.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
    )
    op.create_index(
        "ix_full_text_request_next_try_at",
        "full_text_request",
        ["next_try_at"],
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_table(
        "visited_host",
        sa.Column("host", sa.Text(), primary_key=True),
        sa.Column("next_visit_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("robots", sa.LargeBinary()),
        sa.Column("robots_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    op.drop_table("visited_host")
    op.drop_table("full_text_request")
    op.drop_column("article", "full_text_at")
    op.drop_column("feed", "full_text")
