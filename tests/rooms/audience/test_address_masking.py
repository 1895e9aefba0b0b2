"""What a forwarded link shows of its reader's address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audience.address_masking import mask_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("awa.kone@example.org", "a…@e….org"),
        ("Kofi@orange.ci", "K…@o….ci"),
        # One letter of three would be a third of the name, or all of it.
        ("awa@example.org", "…@e….org"),
        ("a@ab.ci", "…@….ci"),
        ("redaction@mail.example.co.uk", "r…@m….uk"),
        ("info@xn--caf-dma.example", "i…@c….example"),
        ("info@xn--80ak6aa92e.example", "i…@а….example"),
        ("info@xn--broken--.example", "i…@x….example"),
        ("_hidden@example.org", "…@e….org"),
    ],
)
def test_a_reader_knows_it_again_and_nobody_else_learns_it(address: str, shown: str) -> None:
    assert mask_address(address) == shown


LABEL = st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)


@given(local=st.from_regex(r"[a-zA-Z0-9._+-]{1,30}", fullmatch=True), name=LABEL, suffix=LABEL)
def test_no_more_than_a_letter_of_each_part_is_shown(local: str, name: str, suffix: str) -> None:
    shown = mask_address(f"{local}@{name}.{suffix}")

    left, _, right = shown.partition("@")
    hidden, _, top = right.partition("….")
    assert left in {"…", f"{local[0]}…"}
    assert hidden in {"", name[0]}
    assert top == suffix
    assert len(local) >= 4 or left == "…"


@pytest.mark.parametrize("odd", ["", "@", "awa", "awa@localhost", "awa@.org"])
def test_what_is_no_address_shows_nothing(odd: str) -> None:
    assert mask_address(odd) == "…"
