"""A coming edition is a draft that editors see, curate and approve before its slot."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATES = "planned, selected, frozen, rendered, sending, finished, skipped, cancelled, lapsed"


def upgrade() -> None:
    _constrain(f"draft, {STATES}")
    for name, kind in (
        ("curation_version", sa.Integer()),
        ("curated_by", sa.BigInteger()),
        ("curated_at", sa.DateTime(timezone=True)),
        ("approved_by", sa.BigInteger()),
        ("approved_at", sa.DateTime(timezone=True)),
    ):
        is_version = name == "curation_version"
        op.add_column(
            "edition",
            sa.Column(
                name, kind, server_default="0" if is_version else None, nullable=not is_version
            ),
        )
    for name in ("needs_approval", "needs_second_editor"):
        op.add_column(
            "newsletter", sa.Column(name, sa.Boolean(), server_default="false", nullable=False)
        )
    op.create_table(
        "edition_text",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("preheader", sa.Text()),
        sa.Column("introduction", sa.Text()),
        sa.Column("sign_off", sa.Text()),
        sa.Column("sponsor_label", sa.Text()),
        sa.Column("sponsor_text", sa.Text()),
        sa.Column("sponsor_url", sa.Text()),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["edition.id"],
            name=op.f("fk_edition_text_edition_id_edition"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_edition_text")),
    )
    op.create_table(
        "curated_article",
        sa.Column("edition_id", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("is_dropped", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_pinned", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("position", sa.SmallInteger()),
        sa.Column("section_id", sa.BigInteger()),
        sa.Column("title", sa.Text()),
        sa.Column("summary", sa.Text()),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["edition.id"],
            name=op.f("fk_curated_article_edition_id_edition"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_curated_article_article_id_article")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_curated_article_section_id_section")
        ),
        sa.PrimaryKeyConstraint("edition_id", "article_id", name=op.f("pk_curated_article")),
    )


def downgrade() -> None:
    op.drop_table("curated_article")
    op.drop_table("edition_text")
    for name in ("needs_second_editor", "needs_approval"):
        op.drop_column("newsletter", name)
    for name in ("approved_at", "approved_by", "curated_at", "curated_by", "curation_version"):
        op.drop_column("edition", name)
    # Nothing has been built of them.
    op.execute("DELETE FROM edition WHERE state = 'draft'")
    _constrain(STATES)


def _constrain(states: str) -> None:
    listed = ", ".join(f"'{each}'" for each in states.split(", "))
    op.drop_constraint(op.f("ck_edition_state"), "edition", type_="check")
    op.create_check_constraint("state", "edition", f"state IN ({listed})")
