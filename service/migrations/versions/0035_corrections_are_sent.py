"""An edition may be a correction, for readers who got an older revision of others."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

KINDS = "'digest', 'piece', 'chosen', 'alert'"


def upgrade() -> None:
    op.create_table(
        "corrected_revision",
        sa.Column("correction_id", sa.BigInteger(), nullable=False),
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("section_mask", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["correction_id"], ["edition.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("correction_id", "edition_id", "number"),
    )
    op.create_index(
        "ix_corrected_revision_edition_id", "corrected_revision", ["edition_id", "number"]
    )
    op.drop_constraint(op.f("ck_edition_kind"), "edition", type_="check")
    op.create_check_constraint("kind", "edition", f"kind IN ({KINDS}, 'correction')")


def downgrade() -> None:
    op.execute("DELETE FROM edition WHERE kind = 'correction'")
    op.drop_constraint(op.f("ck_edition_kind"), "edition", type_="check")
    op.create_check_constraint("kind", "edition", f"kind IN ({KINDS})")
    op.drop_table("corrected_revision")
