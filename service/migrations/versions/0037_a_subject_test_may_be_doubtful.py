"""A subject test whose count is not believed has an outcome of its own."""

from alembic import op

revision = "0037"
down_revision = "0033"
branch_labels = None
depends_on = None

OUTCOMES = "'clear', 'close', 'tie', 'nothing', 'chosen', 'too_small', 'cancelled'"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_subject_test_outcome"), "subject_test", type_="check")
    op.create_check_constraint("outcome", "subject_test", f"outcome IN ({OUTCOMES}, 'doubtful')")


def downgrade() -> None:
    op.execute("UPDATE subject_test SET outcome = 'tie' WHERE outcome = 'doubtful'")
    op.drop_constraint(op.f("ck_subject_test_outcome"), "subject_test", type_="check")
    op.create_check_constraint("outcome", "subject_test", f"outcome IN ({OUTCOMES})")
