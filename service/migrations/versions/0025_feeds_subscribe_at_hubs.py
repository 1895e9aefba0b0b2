"""Feeds subscribe at WebSub hubs, which send what is new."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STATES = "('requested', 'active', 'denied', 'leaving', 'ended')"


def upgrade() -> None:
    op.create_table(
        "websub_subscription",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "feed_id", sa.BigInteger(), sa.ForeignKey("feed.id", ondelete="SET NULL"), unique=True
        ),
        sa.Column("hub_url", sa.Text(), nullable=False),
        sa.Column("topic_url", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False, unique=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lease_ends_at", sa.DateTime(timezone=True)),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("silent_polls", sa.Integer(), nullable=False, server_default="0"),
        sa.CheckConstraint(f"state IN {STATES}", name="state"),
    )
    op.create_index(
        "ix_websub_subscription_next_try_at",
        "websub_subscription",
        ["next_try_at"],
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_table(
        "websub_push",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "feed_id",
            sa.BigInteger(),
            sa.ForeignKey("feed.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("websub_push")
    op.drop_table("websub_subscription")
