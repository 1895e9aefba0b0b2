import pytest

from service.kit.email_syntax import split_email_address


@pytest.mark.parametrize(
    ("address", "halves"),
    [
        ("Awa@Example.com", ("Awa", "example.com")),
        ("awa@bücher.example", ("awa", "xn--bcher-kva.example")),
        ("awa@reserved.test", ("awa", "reserved.test")),
    ],
)
def test_an_address_is_split_and_its_domain_is_ascii(address: str, halves: tuple[str, str]) -> None:
    assert split_email_address(address) == halves


@pytest.mark.parametrize("text", ["", "awa", "awa@", "@example.com", "é@example.com", "a b@c.org"])
def test_what_is_no_address_gives_none(text: str) -> None:
    assert split_email_address(text) is None
