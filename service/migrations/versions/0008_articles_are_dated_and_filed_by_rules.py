"""Articles are dated and filed by rules.

Columns without a default, or with a constant one, and keys on new columns, which hold nothing
yet: no table is written anew and none is locked for longer than a moment.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)
TEXTS = postgresql.ARRAY(sa.Text())


def upgrade() -> None:
    op.add_column(
        "newsletter",
        sa.Column("horizon", sa.Interval(), server_default="14 days", nullable=False),
    )
    op.add_column("feed", sa.Column("items", sa.Integer(), nullable=True))
    op.add_column("feed", sa.Column("newest_at", WHEN, nullable=True))
    op.add_column("feed", sa.Column("remark", sa.Text(), nullable=True))
    op.add_column("article", sa.Column("feed_id", sa.BigInteger(), nullable=True))
    op.add_column("article", sa.Column("categories", TEXTS, server_default="{}", nullable=False))
    op.add_column("article", sa.Column("tags", TEXTS, server_default="{}", nullable=False))
    op.add_column("article", sa.Column("dated_at", WHEN, nullable=True))
    op.add_column(
        "article_alias",
        sa.Column("shared", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column("article_filing", sa.Column("feed_id", sa.BigInteger(), nullable=True))
    for table in ("article", "article_filing"):
        op.create_foreign_key(
            op.f(f"fk_{table}_feed_id_feed"),
            table,
            "feed",
            ["feed_id"],
            ["id"],
            ondelete="SET NULL",
            postgresql_not_valid=True,
        )
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT fk_{table}_feed_id_feed")
    op.create_table(
        "section_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("newsletter_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("section_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('category', 'path', 'author', 'tag', 'feed')",
            name=op.f("ck_section_rule_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["newsletter_id"],
            ["newsletter.id"],
            name=op.f("fk_section_rule_newsletter_id_newsletter"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["section.id"],
            name=op.f("fk_section_rule_section_id_section"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_rule")),
    )
    op.create_index(
        op.f("ix_section_rule_newsletter_id"), "section_rule", ["newsletter_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("section_rule")
    op.drop_column("article_filing", "feed_id")
    op.drop_column("article_alias", "shared")
    for name in ("dated_at", "tags", "categories", "feed_id"):
        op.drop_column("article", name)
    for name in ("remark", "newest_at", "items"):
        op.drop_column("feed", name)
    op.drop_column("newsletter", "horizon")
