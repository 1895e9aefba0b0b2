"""An edition counts its setbacks, and addresses that senders have are such as messages can carry.

International domains were stored as they had been typed. Their ASCII form takes their place, in
newsletters and in the words of editions that are not at their end. What has none stays: its
editions are paused with a note that says what to correct.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from email_validator import EmailNotValidError, validate_email

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# RFC 5321 section 4.5.3.1.
_LONGEST, _LONGEST_LOCAL = 254, 64
# Characters that are not seen and come along when an address is pasted.
_INVISIBLE = dict.fromkeys(
    [
        0x00AD,
        0x061C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
    ]
)


def upgrade() -> None:
    op.add_column(
        "edition", sa.Column("setbacks", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column("edition", sa.Column("setback_at", sa.Text(), nullable=True))
    for field in ("sender_address", "reply_to"):
        _make_plain(
            f"SELECT id, {field} FROM newsletter WHERE {field} ~ '[^[:ascii:]]'",  # noqa: S608
            f"UPDATE newsletter SET {field} = :plain WHERE id = :id",  # noqa: S608
        )
        _make_plain(
            f"SELECT id, frozen->>'{field}' FROM edition "  # noqa: S608
            f"WHERE finished_at IS NULL AND frozen->>'{field}' ~ '[^[:ascii:]]'",
            "UPDATE edition "  # noqa: S608
            f"SET frozen = jsonb_set(frozen, '{{{field}}}', to_jsonb(CAST(:plain AS text))) "
            "WHERE id = :id",
        )


def downgrade() -> None:
    op.drop_column("edition", "setback_at")
    op.drop_column("edition", "setbacks")


def _make_plain(find: str, change: str) -> None:
    connection = op.get_bind()
    rows: Sequence[sa.Row[int, str]] = connection.execute(sa.text(find)).all()
    for row_id, address in rows:
        plain = _in_ascii(address)
        if plain is not None:
            connection.execute(sa.text(change), {"id": row_id, "plain": plain})


def _in_ascii(address: str) -> str | None:
    try:
        valid = validate_email(
            address.translate(_INVISIBLE).strip(),
            allow_smtputf8=False,
            check_deliverability=False,
            test_environment=True,
        )
    except (EmailNotValidError, UnicodeError):
        return None
    local = valid.local_part or ""
    plain = f"{local}@{(valid.ascii_domain or '').lower()}"
    return plain if len(plain) <= _LONGEST and len(local) <= _LONGEST_LOCAL else None
