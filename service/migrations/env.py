"""What Alembic runs: it works on the connection that `upgrade` hands over."""

from alembic import context
from sqlalchemy import Connection

from service.schema import metadata

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata(),
    compare_server_default=True,
    # A lock on a table is held until the commit: it must not wait for the migrations behind it.
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
