"""The typo hint asks about slips and leaves true domains alone."""

import pytest

from service.audience.domain_typos import COMMON_DOMAINS, suggest_domain


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("GMAIL.CON", "gmail.com"),
        ("gmail.fr", "gmail.com"),
        ("yaho.fr", "yahoo.fr"),
        ("yahoo.fe", "yahoo.fr"),
        ("hotmial.fr", "hotmail.fr"),
        ("orange.vi", "orange.ci"),
        ("ornge.ci", "orange.ci"),
        ("outlok.com", "outlook.com"),
        ("icloud.co", "icloud.com"),
    ],
)
def test_a_slip_is_recognised(typed: str, meant: str) -> None:
    assert suggest_domain(typed) == meant


@pytest.mark.parametrize(
    "domain", [*COMMON_DOMAINS, "example.org", "ymail.com", "orange.ml", "courrier.ci"]
)
def test_a_true_domain_is_not_questioned(domain: str) -> None:
    assert suggest_domain(domain) is None
