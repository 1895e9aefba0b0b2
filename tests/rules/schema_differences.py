"""What the migrated database lacks of the tables in the code."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service.kit.db import Engine
from service.schema import metadata


def schema_differences(engine: Engine) -> list[object]:
    """What the tables in the code have that the migrated database has not."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata()))
