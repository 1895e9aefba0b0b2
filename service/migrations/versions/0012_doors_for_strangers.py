"""Unsigned mail is kept apart, mailboxes are counted, an API key knows who made it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unsigned_mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("envelope_to", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsigned_mail")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_unsigned_mail_fingerprint")),
    )
    op.create_table(
        "mailbox_mails",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_mailbox_mails")),
    )
    op.create_index(op.f("ix_mailbox_mails_since"), "mailbox_mails", ["since"])
    op.add_column("api_key", sa.Column("operator_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_api_key_operator_id_operator"),
        "api_key",
        "operator",
        ["operator_id"],
        ["id"],
        ondelete="SET NULL",
    )


def downgrade() -> None:
    op.drop_column("api_key", "operator_id")
    op.drop_table("mailbox_mails")
    op.drop_table("unsigned_mail")
