import pytest

from service.kit.scrub import scrub


@pytest.mark.parametrize(
    ("said", "scrubbed"),
    [
        ("550 <awa@example.com>: unknown", "550 <<address>>: unknown"),
        ("redis://user:secret@host:6379/0", "redis://<credentials>@host:6379/0"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_addresses_and_credentials_are_hidden(said: str, scrubbed: str) -> None:
    assert scrub(said) == scrubbed
