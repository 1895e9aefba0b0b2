"""Choices of readers are counted while they are enrolled."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "edition",
        sa.Column(
            "masks",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
    )
    # What is being built goes on from sums; of what was sent before they are counted when asked for.
    op.execute("""
        UPDATE edition
        SET masks = coalesce((
                SELECT jsonb_object_agg(mask, readers)
                FROM (SELECT mask, count(*) AS readers FROM delivery
                      WHERE delivery.edition_id = edition.id GROUP BY mask) AS chosen), '{}'),
            waves = coalesce((
                SELECT jsonb_object_agg(wave, readers)
                FROM (SELECT wave, count(*) AS readers FROM delivery
                      WHERE delivery.edition_id = edition.id GROUP BY wave) AS waiting), '{}')
        WHERE state IN ('frozen', 'rendered') AND enrolled_to > 0
        """)


def downgrade() -> None:
    op.drop_column("edition", "masks")
