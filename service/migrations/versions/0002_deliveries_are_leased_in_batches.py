"""Deliveries are leased in batches."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "home",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("database", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_home_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home")),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("members", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deaths", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["edition.id"],
            name=op.f("fk_batch_edition_id_edition"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index(
        "ix_batch_open",
        "batch",
        ["edition_id", "deaths", "due_at"],
        unique=False,
        postgresql_where="done_at IS NULL",
    )
    op.create_table(
        "tally",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("suppressed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expired", sa.Integer(), server_default="0", nullable=False),
        sa.Column("uncertain", sa.Integer(), server_default="0", nullable=False),
        sa.Column("deferred", sa.Integer(), server_default="0", nullable=False),
        sa.Column("by_policy", sa.Integer(), server_default="0", nullable=False),
        sa.Column("no_mailbox", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["edition.id"],
            name=op.f("fk_tally_edition_id_edition"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally")),
    )
    op.create_index("ix_tally_edition_id", "tally", ["edition_id", "at"], unique=False)
    op.add_column("attempt", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_attempt_unread",
        "attempt",
        ["id"],
        unique=False,
        postgresql_where="result = 'refused' AND read_at IS NULL",
    )
    # A database that has sent before homes were known is upgraded where it lives.
    op.execute(
        "INSERT INTO home (id, cluster, database, since) "
        "SELECT 1, control.system_identifier::text, "
        "(SELECT oid FROM pg_database WHERE datname = current_database())::text "
        "|| '/' || CAST('home'::regclass AS oid)::text, now() "
        "FROM pg_control_system() AS control WHERE EXISTS (SELECT FROM delivery)"
    )
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.add_column(
        "delivery", sa.Column("batch_id", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.alter_column("delivery", "batch_id", server_default=None)
    op.add_column(
        "delivery", sa.Column("wave", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "delivery", sa.Column("doubts", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.alter_column(
        "delivery", "next_at", existing_type=postgresql.TIMESTAMP(timezone=True), nullable=True
    )
    # What is still open has no batch yet: as something put off it gets one when it is due. A live
    # lease of an older worker is not waited for; workers are stopped while the schema changes.
    op.execute(
        "UPDATE delivery SET next_at = NULL WHERE state NOT IN ('pending', 'leased', 'deferred')"
    )
    op.execute("UPDATE delivery SET state = 'deferred' WHERE state IN ('pending', 'leased')")
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["edition_id", "next_at"],
        unique=False,
        postgresql_where="next_at IS NOT NULL",
    )
    op.create_index(
        "ix_delivery_outcome",
        "delivery",
        ["edition_id"],
        unique=False,
        postgresql_where="outcome IS NOT NULL",
    )
    op.execute("ALTER TABLE delivery SET (fillfactor = 60)")
    op.drop_index(op.f("ix_delivery_subscriber_id"), table_name="delivery")
    op.drop_constraint(op.f("fk_delivery_subscriber_id_subscriber"), "delivery", type_="foreignkey")
    op.drop_constraint(op.f("fk_delivery_edition_id_edition"), "delivery", type_="foreignkey")
    op.drop_column("delivery", "fence")
    op.add_column(
        "edition", sa.Column("enrolled_to", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("edition", sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("edition", sa.Column("readers", sa.Integer(), nullable=True))
    op.add_column(
        "edition",
        sa.Column(
            "waves",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
    )
    # What was sent before is counted once, so that its progress is shown like everybody else's.
    op.execute("""
        UPDATE edition SET readers = sums.readers
        FROM (SELECT edition_id, count(*) AS readers FROM delivery GROUP BY edition_id) AS sums
        WHERE edition.id = sums.edition_id
        """)
    op.execute("""
        INSERT INTO tally (edition_id, at, accepted, refused, suppressed, expired, uncertain)
        SELECT edition_id, coalesce(max(settled_at), now()),
               count(*) FILTER (WHERE state = 'accepted'),
               count(*) FILTER (WHERE state = 'refused'),
               count(*) FILTER (WHERE state = 'suppressed'),
               count(*) FILTER (WHERE state = 'expired'),
               count(*) FILTER (WHERE state = 'uncertain')
        FROM delivery GROUP BY edition_id
        """)
    op.add_column("newsletter", sa.Column("per_minute", sa.Integer(), nullable=True))
    op.add_column(
        "newsletter",
        sa.Column("at_readers_time", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column("subscriber", sa.Column("time_zone", sa.Text(), nullable=True))
    op.create_index(
        "ix_suppression_orphan",
        "suppression",
        ["address_hash"],
        unique=False,
        postgresql_where="subscriber_id IS NULL",
    )


def downgrade() -> None:
    op.drop_index(
        "ix_suppression_orphan", table_name="suppression", postgresql_where="subscriber_id IS NULL"
    )
    op.drop_column("subscriber", "time_zone")
    op.drop_column("newsletter", "at_readers_time")
    op.drop_column("newsletter", "per_minute")
    op.drop_column("edition", "waves")
    op.drop_column("edition", "readers")
    op.drop_column("edition", "resumed_at")
    op.drop_column("edition", "enrolled_to")
    op.add_column(
        "delivery",
        sa.Column(
            "fence", sa.INTEGER(), server_default=sa.text("0"), autoincrement=False, nullable=False
        ),
    )
    op.create_foreign_key(
        op.f("fk_delivery_edition_id_edition"),
        "delivery",
        "edition",
        ["edition_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        op.f("fk_delivery_subscriber_id_subscriber"),
        "delivery",
        "subscriber",
        ["subscriber_id"],
        ["id"],
    )
    op.create_index(op.f("ix_delivery_subscriber_id"), "delivery", ["subscriber_id"], unique=False)
    op.drop_index("ix_delivery_outcome", table_name="delivery")
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.execute("ALTER TABLE delivery RESET (fillfactor)")
    op.execute("UPDATE delivery SET state = 'deferred' WHERE state = 'pending'")
    op.execute("UPDATE delivery SET next_at = now() WHERE next_at IS NULL")
    op.alter_column(
        "delivery", "next_at", existing_type=postgresql.TIMESTAMP(timezone=True), nullable=False
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        ["edition_id", "next_at"],
        unique=False,
        postgresql_where="state IN ('pending', 'leased', 'deferred')",
    )
    op.drop_column("delivery", "doubts")
    op.drop_column("delivery", "wave")
    op.drop_column("delivery", "batch_id")
    op.drop_index(
        "ix_attempt_unread",
        table_name="attempt",
        postgresql_where="result = 'refused' AND read_at IS NULL",
    )
    op.drop_column("attempt", "read_at")
    op.drop_index("ix_tally_edition_id", table_name="tally")
    op.drop_table("tally")
    op.drop_index("ix_batch_open", table_name="batch", postgresql_where="done_at IS NULL")
    op.drop_table("batch")
    op.drop_table("home")
