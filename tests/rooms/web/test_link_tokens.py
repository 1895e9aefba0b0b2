"""Tokens that were copied with text around them still work."""

import pytest

from service.web.link_tokens import clean_secret, clean_token


@pytest.mark.parametrize("tail", ["", ".", ")", "»", "&gt;", "\u200e", "%29", " ", "🙂", "_", "-x"])
def test_a_token_ends_before_what_was_copied_with_it(tail: str) -> None:
    assert clean_token(f"abc23{tail}") == "abc23"


def test_a_secret_keeps_its_hyphens_and_underscores() -> None:
    assert clean_secret("a-b_c).") == "a-b_c"
    assert clean_secret("»") == ""
