"""Notes and errors become a key with parameters, so that each operator reads them in a language.

A sentence that was stored is kept as it is, under the key `untranslated`; the few that never had
parameters get their key.
"""

import sqlalchemy as sa
from alembic import op

from service.migrations.messages import store_as_messages, store_as_sentences

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
PLAIN = [("feed", "last_error"), ("feed", "remark")]
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


def downgrade() -> None:
    notice = sa.table("notice", sa.column("reason"), sa.column("reply"))
    for sentence, reason in NOTICE_REASONS.items():
        named = sa.func.replace(sentence, "%", notice.c.reply + ")")
        op.execute(notice.update().where(notice.c.reason == reason).values(reason=named))
    for table, column in reversed(INCIDENTS):
        store_as_sentences(table, column)
        op.alter_column(table, column, nullable=False)
    for table, column in reversed(PLAIN):
        store_as_sentences(table, column)
    store_as_sentences("edition", "note")
