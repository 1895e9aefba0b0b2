"""Choices of sections as bits, and networks instead of addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audience.network import truncate_ip
from service.audience.section_selection import bit_mask, is_chosen, mask_of

BITS = st.sets(st.integers(0, 61), min_size=1)


@given(BITS, BITS)
def test_a_choice_holds_exactly_what_was_chosen_of_the_offer(
    offered: set[int], chosen: set[int]
) -> None:
    mask = mask_of(chosen, offered=offered)

    assert {bit for bit in offered if is_chosen(mask, bit)} == chosen & offered
    assert mask is None or mask < 1 << 62


@given(BITS)
def test_who_ticks_everything_gets_sections_to_come(offered: set[int]) -> None:
    mask = mask_of(offered, offered=offered)

    assert all(is_chosen(mask, bit) for bit in range(62))


@given(st.lists(st.integers(0, 61)))
def test_a_mask_has_each_bit_once(bits: list[int]) -> None:
    mask = bit_mask(bits)

    assert {bit for bit in range(64) if mask >> bit & 1} == set(bits)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("testclient", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_cut_to_its_network(address: str | None, network: str | None) -> None:
    assert truncate_ip(address) == network
