"""Where a sign-in may lead: pages of the console, and nowhere else."""

import pytest

from service.web.console.redirects import HOME, safe_redirect


@pytest.mark.parametrize(
    "address",
    [
        "/console",
        "/console/",
        "/console/editions/7",
        "/console/readers?q=awa%40example.org&after=3",
        "/console/newsletters/le-matin/edit",
    ],
)
def test_a_page_of_the_console_is_kept(address: str) -> None:
    assert safe_redirect(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/",
        "/n/le-matin",
        "/consoles",
        "//evil.example/console",
        "https://evil.example/console",
        "javascript:alert(1)",
        "/console//evil.example",
        "/console/../n/le-matin",
        "/console/%2e%2e/n/le-matin",
        "/console/./x",
        "/console/a%5cb",
        "/console/a%0ab",
        "/console\\evil.example",
        "/console/\tx",
        "/console?next=#frag",
        "/console/" + "a" * 2_000,
    ],
)
def test_anything_else_leads_to_the_first_page(address: str) -> None:
    assert safe_redirect(address) == HOME
