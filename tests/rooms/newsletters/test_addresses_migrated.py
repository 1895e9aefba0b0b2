"""Addresses that were stored before anybody looked at them become such as mails can carry."""

from importlib import import_module

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from service.boot import Runtime
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue

MIGRATION = import_module("service.migrations.versions.0011_an_edition_counts_its_setbacks")


def test_the_migration_writes_international_domains_in_ascii_and_leaves_the_rest(
    runtime: Runtime, clock: FakeClock
) -> None:
    an_issue(runtime.begin, clock)
    an_issue(runtime.begin, clock, produced=False, reply_to="desk@example.org")
    with runtime.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE newsletter SET sender_address = CASE slug WHEN 'le-matin-0' "
                "THEN 'matin@bücher.example' ELSE 'rené@example.org' END"
            )
        )
        connection.execute(
            text(
                "UPDATE edition SET frozen = frozen || "
                """'{"sender_address": "matin@bücher.example"}' WHERE frozen <> '{}'"""
            )
        )

        with Operations.context(MigrationContext.configure(connection)):
            MIGRATION.downgrade()
            MIGRATION.upgrade()

        senders = connection.scalars(text("SELECT sender_address FROM newsletter ORDER BY id"))
        assert senders.all() == ["matin@xn--bcher-kva.example", "rené@example.org"]
        frozen = connection.scalars(text("SELECT frozen->>'sender_address' FROM edition"))
        assert set(frozen) == {"matin@xn--bcher-kva.example", None}
