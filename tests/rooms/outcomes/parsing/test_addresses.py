import pytest

from service.outcomes.parsing.addresses import clean_address, find_addresses, first_address


def test_addresses_are_found_in_order_once_and_in_lower_case() -> None:
    text = "<Awa@Example.com>: unknown; 'bo@example.org', awa@example.com."

    assert find_addresses(text) == ["awa@example.com", "bo@example.org"]
    assert first_address(text) == "awa@example.com"


def test_a_text_without_address_gives_nothing() -> None:
    assert (find_addresses("no @ here @"), first_address("")) == ([], "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'awa@example.com'.", "awa@example.com'"),
        ('"awa"@example.com.', "awa@example.com"),
        ("@example.com", ""),
        ("awa", ""),
    ],
)
def test_decorations_of_an_address_are_removed(written: str, meant: str) -> None:
    assert clean_address(written) == meant
