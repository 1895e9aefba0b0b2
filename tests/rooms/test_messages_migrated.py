"""Sentences that were stored in English become messages; a downgrade makes them sentences again."""

from importlib import import_module

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, select, text

from service.audience.tables import Suppression
from service.boot import Runtime
from service.editions.find import get_edition
from service.editions.locking import lock_edition
from service.kit.translatable import translatable, untranslated, verbatim
from service.outcomes.evidence import bounce_evidence, refusal_evidence
from service.rendering.render_edition import find_variant
from tests.builders import a_goodbye
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import an_issue
from tests.rules.schema_differences import schema_differences

MIGRATION = import_module("service.migrations.versions.0018_messages_are_data")


def test_notes_of_older_versions_stay_readable_and_known_ones_get_their_key(
    runtime: Runtime, clock: FakeClock
) -> None:
    notes = ("Too hot: {count} %.", "Cancelled by an operator.", None)
    ids = [an_issue(runtime.begin, clock, produced=False).edition_id for _ in notes]
    with runtime.engine.begin() as connection:
        downgrade(connection)
        for edition_id, note in zip(ids, notes, strict=True):
            connection.execute(
                text("UPDATE edition SET note = :note WHERE id = :id"),
                {"note": note, "id": edition_id},
            )
        upgrade(connection)

    with runtime.begin() as session:
        assert [get_edition(session, each).note for each in ids] == [
            untranslated("Too hot: {count} %."),
            translatable("edition.cancelled"),
            None,
        ]
    assert schema_differences(runtime.engine) == []


def test_a_downgrade_stores_what_a_message_says_in_english(
    runtime: Runtime, clock: FakeClock
) -> None:
    note = translatable("edition.refused.share", share=10.0)
    ids = [an_issue(runtime.begin, clock, produced=False).edition_id for _ in range(2)]
    with runtime.begin() as session:
        for edition_id in ids:
            lock_edition(session, edition_id).note = note

    with runtime.engine.begin() as connection:
        downgrade(connection)
        stored = connection.scalars(text("SELECT note FROM edition")).all()
        upgrade(connection)

    assert stored == [str(note)] * 2


def test_open_notices_that_cannot_be_composed_are_found_again_by_their_new_reason(
    runtime: Runtime, clock: FakeClock
) -> None:
    old = (
        "this mail could not be written (Invalid)",
        "given up: work on this mail ended again and again without a word",
        "connection lost",
    )
    issue = an_issue(runtime.begin, clock)
    with runtime.begin() as session:
        ids = [
            a_goodbye(session, issue.newsletter_id, reader, now=clock())
            for reader in issue.readers.values()
        ]
    with runtime.engine.begin() as connection:
        downgrade(connection)
        for notice_id, reason in zip(ids, old, strict=True):
            connection.execute(
                text("UPDATE notice SET reason = :reason WHERE id = :id"),
                {"reason": reason, "id": notice_id},
            )
        upgrade(connection)
        reasons = connection.execute(text("SELECT reason, reply FROM notice ORDER BY id")).all()
        downgrade(connection)
        again = connection.scalars(text("SELECT reason FROM notice ORDER BY id")).all()
        upgrade(connection)

    assert reasons == [
        ("unwritable", "Invalid"),
        ("given_up", None),
        ("connection lost", None),
    ]
    assert tuple(again) == old


def test_evidence_gets_its_key_and_an_operators_own_words_stay(
    runtime: Runtime, clock: FakeClock
) -> None:
    old = {
        "a": "failed after edition 7: userunknown (5.1.1).",
        "b": "refused at a notice: mailboxfull.",
        "c": "refused at edition 8: an operator says that they are gone.",
        "d": "Asked us by telephone.",
        "e": "",
    }
    with runtime.engine.begin() as connection:
        downgrade(connection)
        for code, evidence in old.items():
            connection.execute(
                text(
                    "INSERT INTO suppression (address_hash, reason, evidence, since) "
                    "VALUES (:code, 'operator', :evidence, :now)"
                ),
                {"code": code, "evidence": evidence, "now": clock()},
            )
        upgrade(connection)
    with runtime.begin() as session:
        stored = {row.address_hash: row.evidence for row in session.scalars(select(Suppression))}
    with runtime.engine.begin() as connection:
        downgrade(connection)
        again = connection.scalars(
            text("SELECT evidence FROM suppression ORDER BY address_hash")
        ).all()
        upgrade(connection)

    assert stored == {
        "a": bounce_evidence(7, reason="userunknown", status="5.1.1"),
        "b": refusal_evidence(0, reason="mailboxfull", status=""),
        "c": translatable("suppression.confirmed_gone", edition="8"),
        "d": verbatim("Asked us by telephone."),
        "e": None,
    }
    assert again == [str(stored[code] or "") for code in old]


def test_problems_of_rendered_parts_are_sentences_again_and_shown_as_such(
    runtime: Runtime, clock: FakeClock
) -> None:
    issue = an_issue(runtime.begin, clock, postal_address="")
    problem = translatable("rendering.no_postal_address")
    with runtime.begin() as session:
        mask = get_edition(session, issue.edition_id).section_mask
        before = find_variant(session, issue.edition_id, mask).warnings

    with runtime.engine.begin() as connection:
        downgrade(connection)
        upgrade(connection)

    with runtime.begin() as session:
        after = find_variant(session, issue.edition_id, mask).warnings
    assert before == [problem]
    assert after == [untranslated(str(problem))]


def downgrade(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        MIGRATION.downgrade()


def upgrade(connection: Connection) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        MIGRATION.upgrade()
