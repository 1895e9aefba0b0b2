"""Turns a nullable column of English sentences into messages, and back, for a migration.

The new column is filled beside the old one and takes its place: only rows that have a sentence are
written, and no table is rewritten.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from service.kit.translatable import UNTRANSLATED, TranslatableMessage


def store_as_messages(table: str, column: str, *, known: Mapping[str, str] | None = None) -> None:
    """Turn sentences into messages; `known` gives the key of a sentence without parameters."""
    keys = known or {}
    op.add_column(table, sa.Column(_new(column), JSONB()))
    op.execute(
        sa.text(
            f"""
            UPDATE {table} SET {_new(column)} = CASE
                WHEN CAST(:keys AS jsonb) ? {column}
                THEN jsonb_build_object(
                    'key', CAST(:keys AS jsonb) -> {column}, 'params', CAST('{{}}' AS jsonb))
                ELSE jsonb_build_object(
                    'key', '{UNTRANSLATED}', 'params', jsonb_build_object('text', {column}))
                END
            WHERE {column} IS NOT NULL
            """  # noqa: S608  Names that a migration writes.
        ).bindparams(sa.bindparam("keys", keys, JSONB()))
    )
    _replace(table, column)


def store_as_sentences(table: str, column: str) -> None:
    """Turn messages into their English sentences."""
    op.add_column(table, sa.Column(_new(column), sa.Text()))
    connection = op.get_bind()
    stored: Sequence[Any] = connection.scalars(
        sa.select(sa.column(column, JSONB()))
        .select_from(sa.table(table))
        .where(sa.column(column).is_not(None))
        .distinct()
    ).all()
    sentences = [{"message": message, "text": sentence_of(message)} for message in stored]
    connection.execute(
        sa.text(
            f"""
            UPDATE {table} SET {_new(column)} = each ->> 'text'
            FROM jsonb_array_elements(:sentences) AS each
            WHERE {table}.{column} = each -> 'message'
            """  # noqa: S608  Names that a migration writes.
        ).bindparams(sa.bindparam("sentences", sentences, JSONB()))
    )
    _replace(table, column)


def sentence_of(stored: Mapping[str, Any]) -> str:
    """Return what a stored message says in English, which the catalogue of this version knows."""
    return str(TranslatableMessage.from_json(stored))


def _new(column: str) -> str:
    return f"{column}_new"


def _replace(table: str, column: str) -> None:
    op.drop_column(table, column)
    op.alter_column(table, _new(column), new_column_name=column)
