"""Readers choose alerts: what is breaking is sent to them immediately, between two digests."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

KINDS = "'digest', 'piece', 'chosen'"


def upgrade() -> None:
    for name in ("offers_alerts", "digests_repeat_alerts"):
        op.add_column(
            "newsletter", sa.Column(name, sa.Boolean(), server_default="false", nullable=False)
        )
    for name in ("alerts_per_day", "alerts_per_reader", "alerts_merge_minutes"):
        op.add_column(
            "newsletter", sa.Column(name, sa.SmallInteger(), server_default="5", nullable=False)
        )
    op.add_column(
        "section_rule",
        sa.Column("is_breaking", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "subscription",
        sa.Column("wants_alerts", sa.Boolean(), server_default="false", nullable=False),
    )
    op.drop_constraint(op.f("ck_edition_kind"), "edition", type_="check")
    op.create_check_constraint("kind", "edition", f"kind IN ({KINDS}, 'alert')")
    op.create_index(
        "ix_edition_alert",
        "edition",
        ["newsletter_id", "id"],
        postgresql_where=sa.text("kind = 'alert'"),
    )
    op.create_table(
        "alerted_article",
        sa.Column("newsletter_id", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["newsletter_id"], ["newsletter.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"]),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("newsletter_id", "article_id"),
    )
    op.create_index("ix_alerted_article_edition_id", "alerted_article", ["edition_id"])
    # Millions of rows: readers are not kept waiting, and an interrupted upgrade goes on.
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_subscription_alerts")
        op.create_index(
            "ix_subscription_alerts",
            "subscription",
            ["newsletter_id", "subscriber_id"],
            postgresql_where=sa.text("wants_alerts AND state = 'active'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("ix_subscription_alerts", table_name="subscription")
    op.drop_table("alerted_article")
    op.drop_index("ix_edition_alert", table_name="edition")
    # The older version has no such kind; what was sent stays readable.
    op.execute("UPDATE edition SET kind = 'chosen' WHERE kind = 'alert'")
    op.drop_constraint(op.f("ck_edition_kind"), "edition", type_="check")
    op.create_check_constraint("kind", "edition", f"kind IN ({KINDS})")
    op.drop_column("subscription", "wants_alerts")
    op.drop_column("section_rule", "is_breaking")
    for name in (
        "offers_alerts",
        "alerts_per_day",
        "alerts_per_reader",
        "alerts_merge_minutes",
        "digests_repeat_alerts",
    ):
        op.drop_column("newsletter", name)
