"""Readers choose how often they get a newsletter: each edition, daily or weekly.

Every reader and every edition so far belongs to the series of each edition, so readers get
what they got before.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FREQUENCIES = "IN ('each', 'daily', 'weekly')"
SLOT = ["newsletter_id", "frequency", "slot_date", "slot_time"]


def upgrade() -> None:
    op.add_column("newsletter", sa.Column("daily_at", sa.Time()))
    op.add_column("newsletter", sa.Column("weekly_at", sa.Time()))
    op.add_column(
        "newsletter", sa.Column("weekly_on", sa.SmallInteger(), server_default="1", nullable=False)
    )
    op.add_column(
        "newsletter",
        sa.Column("default_frequency", sa.Text(), server_default="each", nullable=False),
    )
    op.create_check_constraint(
        "default_frequency", "newsletter", f"default_frequency {FREQUENCIES}"
    )
    op.create_check_constraint("weekly_on", "newsletter", "weekly_on BETWEEN 1 AND 7")
    op.add_column(
        "edition", sa.Column("frequency", sa.Text(), server_default="each", nullable=False)
    )
    op.add_column("edition", sa.Column("previous_edition_id", sa.BigInteger()))
    op.add_column(
        "edition",
        sa.Column("passed_over", ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
    )
    op.create_check_constraint("frequency", "edition", f"frequency {FREQUENCIES}")
    op.drop_constraint(op.f("uq_edition_newsletter_id_slot_date_slot_time"), "edition")
    op.create_index(
        "uq_edition_slot",
        "edition",
        SLOT,
        unique=True,
        postgresql_where=sa.text("previous_edition_id IS NULL"),
    )
    op.create_index(
        "uq_edition_catch_up",
        "edition",
        [*SLOT, "previous_edition_id"],
        unique=True,
        postgresql_where=sa.text("previous_edition_id IS NOT NULL"),
    )
    # The default is only for the rows that are there: a catch-up edition's have none.
    op.add_column("edition_article", sa.Column("series", sa.Text(), server_default="each"))
    op.alter_column("edition_article", "series", server_default=None)
    op.create_unique_constraint(
        op.f("uq_edition_article_newsletter_id_article_id_series"),
        "edition_article",
        ["newsletter_id", "article_id", "series"],
    )
    op.drop_constraint(op.f("uq_edition_article_newsletter_id_article_id"), "edition_article")
    op.add_column(
        "subscription", sa.Column("frequency", sa.Text(), server_default="each", nullable=False)
    )
    op.add_column("subscription", sa.Column("previous_edition_id", sa.BigInteger()))
    # Millions of rows: none of these keeps readers waiting, and an interrupted upgrade goes on.
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE subscription DROP CONSTRAINT IF EXISTS ck_subscription_frequency")
        op.execute(
            "ALTER TABLE subscription ADD CONSTRAINT ck_subscription_frequency "
            f"CHECK (frequency {FREQUENCIES}) NOT VALID"
        )
        op.execute("ALTER TABLE subscription VALIDATE CONSTRAINT ck_subscription_frequency")
        for name, columns, where in _subscription_indexes():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.create_index(
                name,
                "subscription",
                columns,
                postgresql_where=sa.text(where),
                postgresql_concurrently=True,
            )
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_subscription_active")


def _subscription_indexes() -> list[tuple[str, list[str], str]]:
    """Return name, columns and condition of each new index on subscriptions."""
    return [
        (
            "ix_subscription_series",
            ["newsletter_id", "frequency", "subscriber_id"],
            "state = 'active'",
        ),
        (
            "ix_subscription_previous_edition",
            ["newsletter_id", "frequency", "previous_edition_id", "subscriber_id"],
            "previous_edition_id IS NOT NULL",
        ),
    ]


def downgrade() -> None:
    op.create_index(
        "ix_subscription_active",
        "subscription",
        ["newsletter_id", "subscriber_id"],
        postgresql_where=sa.text("state = 'active'"),
    )
    op.drop_index("ix_subscription_previous_edition", table_name="subscription")
    op.drop_index("ix_subscription_series", table_name="subscription")
    op.drop_constraint(op.f("ck_subscription_frequency"), "subscription", type_="check")
    op.drop_column("subscription", "previous_edition_id")
    op.drop_column("subscription", "frequency")
    # The older version knows one series: what others have carried is not in it.
    op.execute("DELETE FROM edition_article WHERE series IS DISTINCT FROM 'each'")
    op.create_unique_constraint(
        op.f("uq_edition_article_newsletter_id_article_id"),
        "edition_article",
        ["newsletter_id", "article_id"],
    )
    op.drop_constraint(
        op.f("uq_edition_article_newsletter_id_article_id_series"), "edition_article"
    )
    op.drop_column("edition_article", "series")
    op.drop_index("uq_edition_catch_up", table_name="edition")
    op.drop_index("uq_edition_slot", table_name="edition")
    # Two of one slot differ in a second, as those that operators send manually do.
    op.execute(
        """
        UPDATE edition SET slot_time = slot_time + make_interval(secs => place.number)
        FROM (SELECT id, row_number() OVER (PARTITION BY newsletter_id, slot_date, slot_time
                                            ORDER BY id) - 1 AS number FROM edition) AS place
        WHERE place.id = edition.id AND place.number > 0
        """
    )
    op.create_unique_constraint(
        op.f("uq_edition_newsletter_id_slot_date_slot_time"),
        "edition",
        ["newsletter_id", "slot_date", "slot_time"],
    )
    op.drop_constraint(op.f("ck_edition_frequency"), "edition", type_="check")
    op.drop_column("edition", "passed_over")
    op.drop_column("edition", "previous_edition_id")
    op.drop_column("edition", "frequency")
    op.drop_constraint(op.f("ck_newsletter_weekly_on"), "newsletter", type_="check")
    op.drop_constraint(op.f("ck_newsletter_default_frequency"), "newsletter", type_="check")
    for name in ("default_frequency", "weekly_on", "weekly_at", "daily_at"):
        op.drop_column("newsletter", name)
