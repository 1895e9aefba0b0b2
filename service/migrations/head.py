"""Which migration is the last, and whether a database has it, without loading Alembic.

Every command asks, and Alembic takes longer to load than all the rest that most of them need.
"""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

VERSIONS = Path(__file__).parent / "versions"
_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_BEFORE = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


@cache
def head() -> str | None:
    """Return the revision that no other one comes after."""
    texts = [path.read_text("utf-8") for path in VERSIONS.glob("*.py")]
    before = {name for each in texts for name in _BEFORE.findall(each)}
    after = {name for each in texts for name in _REVISION.findall(each)} - before
    return after.pop() if len(after) == 1 else None


def is_at_head(connection: Connection) -> bool:
    """Tell whether every migration has been run, in a transaction that is undone."""
    try:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
        return found == [head()]
    finally:
        connection.rollback()
