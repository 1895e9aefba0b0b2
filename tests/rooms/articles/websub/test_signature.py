"""Only what the hub has signed is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.articles.websub.signature import METHODS, is_signed
from tests.fakes.hub import signature

SECRET = "a1b2c3"
BODY = b"<rss>Le port</rss>"


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_of_the_specification_is_accepted(method: str) -> None:
    """Most hubs sign with SHA-1, some with SHA-256; the hub chooses."""
    header = signature(BODY, SECRET, method=method)["X-Hub-Signature"]

    assert is_signed(BODY, header, secret=SECRET)
    assert is_signed(BODY, header.upper().replace("SHA", "sha"), secret=SECRET)
    assert not is_signed(BODY + b" ", header, secret=SECRET)
    assert not is_signed(BODY, header, secret="other")


@given(st.text() | st.sampled_from(["", "sha1=", "sha256", "md5=00", "=", "sha1=é"]))
def test_any_other_header_is_refused(header: str) -> None:
    """A stranger who knows the address must not make news."""
    assert not is_signed(BODY, header, secret=SECRET)
