"""Reports that wait, and refusals that have not been read, are found by an index.

Every tick of the scheduler asks for them, and read all reports that ever came. The indexes are
small and made from one reading of each table: a second or so for a few million rows, in which
mail that comes back waits.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_UNREAD = sa.text("result = 'refused' AND read_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_report_waiting", "report", ["id"], postgresql_where=sa.text("processed_at IS NULL")
    )
    op.create_index(
        "ix_report_raw", "report", ["processed_at"], postgresql_where=sa.text("raw IS NOT NULL")
    )
    op.drop_index("ix_attempt_unread", table_name="attempt")
    op.create_index("ix_attempt_unread", "attempt", ["edition_id", "id"], postgresql_where=_UNREAD)


def downgrade() -> None:
    op.drop_index("ix_attempt_unread", table_name="attempt")
    op.create_index("ix_attempt_unread", "attempt", ["id"], postgresql_where=_UNREAD)
    op.drop_index("ix_report_raw", table_name="report")
    op.drop_index("ix_report_waiting", table_name="report")
