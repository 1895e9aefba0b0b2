"""Refusals say at which command, and whose fault they are.

Only columns that are empty or have a constant default are added: PostgreSQL rewrites no row for
them, and `delivery` is not touched. The locks are held for an instant.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempt", sa.Column("stage", sa.Text()))
    op.add_column("attempt", sa.Column("fault", sa.Text()))
    op.add_column("attempt", sa.Column("reason", sa.Text()))
    op.add_column("attempt", sa.Column("hard", sa.Boolean()))
    for name in ("cancelled", "faults", "reopened"):
        op.add_column("tally", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.drop_column("tally", "by_policy")
    op.add_column("outcome", sa.Column("fault", sa.Text()))
    op.add_column("edition", sa.Column("expires_at", sa.DateTime(timezone=True)))
    op.create_index("ix_suppression_since", "suppression", ["since", "address_hash"])
    op.create_table(
        "bounce_hold",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("unknown", sa.Integer(), server_default="0", nullable=False),
        sa.Column("weighed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decision", sa.Text()),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["edition.id"],
            name=op.f("fk_bounce_hold_edition_id_edition"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "provider", name=op.f("pk_bounce_hold")),
    )
    op.create_index(
        "ix_bounce_hold_open",
        "bounce_hold",
        ["edition_id"],
        postgresql_where=sa.text("held_at IS NOT NULL AND decided_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("bounce_hold")
    op.drop_index("ix_suppression_since", "suppression")
    op.drop_column("edition", "expires_at")
    op.drop_column("outcome", "fault")
    op.add_column("tally", sa.Column("by_policy", sa.Integer(), server_default="0", nullable=False))
    for name in ("reopened", "faults", "cancelled"):
        op.drop_column("tally", name)
    for name in ("hard", "reason", "fault", "stage"):
        op.drop_column("attempt", name)
