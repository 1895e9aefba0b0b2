"""An edition may be one piece, or what editors chose, for every reader of a newsletter."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("edition", sa.Column("kind", sa.Text(), server_default="digest", nullable=False))
    op.create_check_constraint("kind", "edition", "kind IN ('digest', 'piece', 'chosen')")
    op.alter_column("edition", "frequency", nullable=True)
    op.create_check_constraint("series", "edition", "(kind = 'digest') = (frequency IS NOT NULL)")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_edition_series"), "edition", type_="check")
    # The older version knows digests only; they stay readable as those of each edition.
    op.execute(
        """
        UPDATE edition SET frequency = 'each', slot_time = slot_time + make_interval(secs => 30)
        WHERE frequency IS NULL
        """
    )
    op.alter_column("edition", "frequency", nullable=False)
    op.drop_constraint(op.f("ck_edition_kind"), "edition", type_="check")
    op.drop_column("edition", "kind")
