"""Bytes of unknown encoding."""

import pytest

from service.articles.parsing.decode import decode, looks_binary

TEXT = "L’été à Abidjan"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_text_is_decoded_in_any_common_encoding(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == TEXT


def test_bytes_that_are_no_text_are_none() -> None:
    assert decode(b"\x81\x8d") is None
    assert decode(b"\xff\xfe\x00") is None


def test_control_characters_are_binary() -> None:
    assert looks_binary("\x01\x02\x03")
    assert not looks_binary(TEXT)
