"""An edition is stored in parts, has one builder at a time, and may be revised after its freeze.

New columns are NULL or have a constant default, so that no table is written anew.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "part",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("bit", sa.SmallInteger(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["edition.id"],
            name=op.f("fk_part_edition_id_edition"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "revision", "level", "bit", name=op.f("pk_part")),
    )
    op.create_table(
        "building",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["edition.id"],
            name=op.f("fk_building_edition_id_edition"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_building")),
    )
    op.create_table(
        "edition_revision",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn", sa.SmallInteger(), nullable=False),
        sa.Column("corrected", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["edition.id"],
            name=op.f("fk_edition_revision_edition_id_edition"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", "number", name=op.f("pk_edition_revision")),
    )
    for name in ("revision", "rendered_revision"):
        op.add_column(
            "edition", sa.Column(name, sa.SmallInteger(), server_default="1", nullable=False)
        )
    op.add_column("edition_article", sa.Column("left_out_in", sa.SmallInteger(), nullable=True))
    op.add_column("delivery", sa.Column("revision", sa.SmallInteger(), nullable=True))
    op.add_column("batch", sa.Column("revision", sa.SmallInteger(), nullable=True))
    op.create_index("ix_edition_article_article_id", "edition_article", ["article_id"])
    for name in ("withdrawn_at", "revised_at"):
        op.create_index(
            f"ix_article_{name}",
            "article",
            [name],
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )


def downgrade() -> None:
    op.drop_index("ix_article_revised_at", table_name="article")
    op.drop_index("ix_article_withdrawn_at", table_name="article")
    op.drop_index("ix_edition_article_article_id", table_name="edition_article")
    op.drop_column("batch", "revision")
    op.drop_column("delivery", "revision")
    op.drop_column("edition_article", "left_out_in")
    op.drop_column("edition", "rendered_revision")
    op.drop_column("edition", "revision")
    op.drop_table("edition_revision")
    op.drop_table("building")
    op.drop_table("part")
