"""The words that readers agreed to are kept, imprints know their key, aliases how they were typed."""

from hashlib import blake2b

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Acts of before have their words beside them, in `facts`, and keep them there: writing millions of
# rows anew would win nothing but space. So the words are only copied to where all of them are
# listed. No lock is taken for that, and it comes before the one that the new columns need.
_WORDS_SO_FAR = """
    SELECT split_part(text_version, '-', 1) AS language, facts ->> 'text' AS words,
           min(at) AS kept_since
    FROM consent
    WHERE facts ? 'text' AND text_version IS NOT NULL
    GROUP BY 1, 2
"""


def upgrade() -> None:
    op.create_table(
        "consent_text",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("kept_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_consent_text")),
    )
    connection = op.get_bind()
    known = [
        {
            "key": f"{row.language}-{blake2b(row.words.encode(), digest_size=16).hexdigest()}",
            "language": row.language,
            "words": row.words,
            "kept_since": row.kept_since,
        }
        for row in connection.execute(sa.text(_WORDS_SO_FAR))
    ]
    if known:
        connection.execute(
            sa.text(
                "INSERT INTO consent_text (key, language, words, kept_since) "
                "VALUES (:key, :language, :words, :kept_since)"
            ),
            known,
        )
    # Empty columns: nothing is rewritten, and a key of nulls has nothing to check.
    op.execute(
        "ALTER TABLE consent ADD COLUMN text_key text "
        "CONSTRAINT fk_consent_text_key_consent_text REFERENCES consent_text (key)"
    )
    op.add_column("suppression", sa.Column("imprint_key", sa.Text(), nullable=True))
    op.add_column(
        "section",
        sa.Column("alias_names", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("section", "alias_names")
    op.drop_column("suppression", "imprint_key")
    op.drop_column("consent", "text_key")
    op.drop_table("consent_text")
