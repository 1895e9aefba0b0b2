"""States are words of their lifecycles.

The database refuses a state that no lifecycle has, an ended edition without the time of its end,
and a delivery that waits for nothing. Each constraint is added without reading the table, and then
validated in another transaction, which reads the table while others write to it. Times that an older
version has left wrong are put right by what the state says; a word that is no state is for a person.
"""

from alembic import op
from sqlalchemy.exc import IntegrityError

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

REPAIRS = {
    "ck_edition_finished_at": (
        "UPDATE edition SET finished_at = CASE WHEN finished_at IS NULL "
        "THEN coalesce(frozen_at, planned_at) END "
        "WHERE (finished_at IS NOT NULL) "
        "!= (state IN ('finished', 'skipped', 'cancelled', 'lapsed'))"
    ),
    "ck_delivery_next_at": (
        "UPDATE delivery SET next_at = CASE state WHEN 'deferred' THEN now() END "
        "WHERE state != 'uncertain' AND (next_at IS NOT NULL) != (state = 'deferred')"
    ),
}


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
            _validate(table, constraint)


def _validate(table: str, constraint: str) -> None:
    validate = f"ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}"
    try:
        op.execute(validate)
    except IntegrityError:
        if constraint not in REPAIRS:
            raise
        op.execute(REPAIRS[constraint])
        op.execute(validate)


def downgrade() -> None:
    for table, name, _ in _constraints():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
