"""Notes and errors become a key with parameters, so that each operator reads them in a language.

A sentence that was stored is kept as it is, under the key `untranslated`; the few that never had
parameters get their key.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH

from service.migrations.messages import sentence_of, store_as_messages, store_as_sentences

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KNOWN_NOTES = {
    "Nothing new in any section since the last edition, so nothing is sent.": "edition.nothing_new",
    "Nobody let it go on in time, so its articles are free for the next edition.": "edition.lapsed",
    "Cancelled by an operator.": "edition.cancelled",
}
# Open notices are found by these again.
NOTICE_REASONS = {
    "this mail could not be written (%": "unwritable",
    "given up: work on this mail ended again and again without a word": "given_up",
}
# What led to a suppression; anything else is what an operator has written.
EVIDENCE = (
    r"^(failed|complaint|refused) (after|at) (edition (\d+)|a notice): ([\w-]+)( \([\d.]+\))?\.$"
)
CONFIRMED_GONE = r"^refused at edition (\d+): an operator says that they are gone\.$"
PLAIN = [("feed", "last_error"), ("feed", "remark"), ("report", "note")]
INCIDENTS = [("relay_trouble", "reason"), ("relay_trouble", "advice")]


def upgrade() -> None:
    store_as_messages("edition", "note", known=KNOWN_NOTES)
    for table, column in PLAIN:
        store_as_messages(table, column)
    for table, column in INCIDENTS:
        store_as_messages(table, column)
        op.alter_column(table, column, nullable=False)
    notice = sa.table("notice", sa.column("reason"), sa.column("reply"))
    for sentence, reason in NOTICE_REASONS.items():
        op.execute(
            notice.update()
            .where(notice.c.reason.like(sentence))
            .values(
                reason=reason,
                reply=sa.func.coalesce(
                    sa.func.substring(notice.c.reason, r"\((\w+)\)$"), notice.c.reply
                ),
            )
        )

    _store_evidence()


def _store_evidence() -> None:
    op.add_column("suppression", sa.Column("evidence_new", JSONB()))
    statement = sa.text(
        """
        UPDATE suppression SET evidence_new = CASE
            WHEN evidence ~ :known THEN jsonb_build_object(
                'key', 'suppression.' || found.part[1]
                    || CASE WHEN found.part[4] IS NULL THEN '_notice' ELSE '_edition' END,
                'params', jsonb_strip_nulls(jsonb_build_object(
                    'edition', found.part[4], 'reason', found.part[5],
                    'status', coalesce(found.part[6], ''))))
            WHEN evidence ~ :gone THEN jsonb_build_object(
                'key', 'suppression.confirmed_gone',
                'params', jsonb_build_object('edition', (regexp_match(evidence, :gone))[1]))
            ELSE jsonb_build_object(
                'key', 'verbatim', 'params', jsonb_build_object('text', evidence))
            END
        FROM (
            SELECT address_hash, regexp_match(evidence, :known) AS part FROM suppression
        ) AS found
        WHERE found.address_hash = suppression.address_hash AND evidence <> ''
        """
    )
    op.execute(statement.bindparams(known=EVIDENCE, gone=CONFIRMED_GONE))
    op.drop_column("suppression", "evidence")
    op.alter_column("suppression", "evidence_new", new_column_name="evidence")


def downgrade() -> None:
    _store_problems_as_sentences()
    store_as_sentences("suppression", "evidence")
    op.execute("UPDATE suppression SET evidence = '' WHERE evidence IS NULL")
    op.alter_column("suppression", "evidence", server_default="", nullable=False)
    notice = sa.table("notice", sa.column("reason"), sa.column("reply"))
    for sentence, reason in NOTICE_REASONS.items():
        named = sa.func.replace(sentence, "%", sa.func.coalesce(notice.c.reply, "?") + ")")
        op.execute(notice.update().where(notice.c.reason == reason).values(reason=named))
    for table, column in reversed(INCIDENTS):
        store_as_sentences(table, column)
        op.alter_column(table, column, nullable=False)
    for table, column in reversed(PLAIN):
        store_as_sentences(table, column)
    store_as_sentences("edition", "note")


def _store_problems_as_sentences() -> None:
    """Write the problems of rendered parts in English; a part has few or none."""
    part = sa.table(
        "part",
        *map(sa.column, ("edition_id", "revision", "level", "bit")),
        sa.column("facts", JSONB()),
    )
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(part).where(
            sa.func.jsonb_path_exists(part.c.facts, sa.cast("$.problems[*][0].key", JSONPATH()))
        )
    ).all()
    for row in rows:
        problems = [
            [sentence_of(found) if isinstance(found, dict) else found, fatal]
            for found, fatal in row.facts["problems"]
        ]
        connection.execute(
            part.update()
            .where(
                part.c.edition_id == row.edition_id,
                part.c.revision == row.revision,
                part.c.level == row.level,
                part.c.bit == row.bit,
            )
            .values(facts={**row.facts, "problems": problems})
        )
