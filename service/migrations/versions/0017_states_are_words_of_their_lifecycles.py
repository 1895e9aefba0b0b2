"""States are words of their lifecycles.

The database refuses a state that no lifecycle has, an ended edition without the time of its end,
and a delivery that waits for nothing. Each constraint is added without reading the table, and then
validated in another transaction, which reads the table while others write to it.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = {
    "edition": (
        "planned, selected, frozen, rendered, sending, finished, skipped, cancelled, lapsed"
    ),
    "subscription": "pending, active, ended",
    "delivery": "pending, deferred, uncertain, accepted, refused, suppressed, expired",
    "notice": "pending, deferred, leased, accepted, refused, uncertain, suppressed, expired",
}
ENDED = "('finished', 'skipped', 'cancelled', 'lapsed')"


def _constraints() -> list[tuple[str, str, str]]:
    """Return table, name and condition of each constraint."""
    known = [
        (table, "state", f"state IN ({', '.join(repr(each) for each in names.split(', '))})")
        for table, names in STATES.items()
    ]
    waits = (
        "CASE state WHEN 'deferred' THEN next_at IS NOT NULL WHEN 'uncertain' THEN true "
        "ELSE next_at IS NULL END"
    )
    return [
        *known,
        ("edition", "finished_at", f"(finished_at IS NOT NULL) = (state IN {ENDED})"),
        ("delivery", "next_at", waits),
    ]


def upgrade() -> None:
    # Each statement by itself: none waits for a table while it has another one locked.
    with op.get_context().autocommit_block():
        for table, name, condition in _constraints():
            constraint = f"ck_{table}_{name}"
            # An upgrade that was interrupted has left it.
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {constraint}")
            op.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({condition}) NOT VALID"
            )
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}")


def downgrade() -> None:
    for table, name, _ in _constraints():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
