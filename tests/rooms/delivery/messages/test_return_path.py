import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audience import reader_token
from service.audience.reader_token import ReaderToken
from service.delivery.messages.return_path import make_return_path, parse_return_path
from service.kit.tokens import Keyring

KEYRING = Keyring(["a" * 32])
READER = ReaderToken(newsletter_id=3, edition_id=17, subscriber_id=123456)
TOKEN = reader_token.sign_reader_token(KEYRING, READER)
ADDRESS = make_return_path(TOKEN, bounce_domain="bounces.echo.example")


def test_the_local_part_fits_smtps_64_characters() -> None:
    assert f"b-{TOKEN}@bounces.echo.example" == ADDRESS
    assert len(ADDRESS.split("@")[0]) <= 64


@pytest.mark.parametrize(
    "address",
    [
        ADDRESS,
        ADDRESS.upper(),
        f"<{ADDRESS}>",
        f" <{ADDRESS.title()}> ",
        f"SRS0=HHH=TT=bounces.echo.example=b-{TOKEN}@forwarder.example",
        f"SRS0+HHH=TT=bounces.echo.example=b-{TOKEN}@forwarder.example",
        f"srs1=HHH=one.example==HHH=TT=bounces.echo.example=b-{TOKEN}@two.example",
        f"prvs=0123456789={ADDRESS}",
        f"prvs=b-{TOKEN}/0123456789@bounces.echo.example",
        f"btv1==0123456789=={ADDRESS}",
        f"b-{'a' * 42}=b-{TOKEN}@relay.example",
    ],
    ids=lambda address: address[:16],
)
def test_a_return_path_is_recognised_in_any_wrapping(address: str) -> None:
    assert parse_return_path(KEYRING, address) == READER


@pytest.mark.parametrize(
    "address",
    [
        "",
        "<>",
        "mailer-daemon@echo.example",
        ADDRESS.replace("b-", "u-"),
        f"xb-{TOKEN}@bounces.echo.example",
        f"b-{TOKEN}a@bounces.echo.example",
        f"b-{TOKEN[:-1]}@bounces.echo.example",
        f"b-{'a' * 42}@bounces.echo.example",
        "x" * 100_000 + ADDRESS,
    ],
    ids=range(9),
)
def test_an_address_that_proves_nothing_is_nobodys(address: str) -> None:
    assert parse_return_path(KEYRING, address) is None


def test_a_token_of_another_key_is_nobodys() -> None:
    assert parse_return_path(Keyring(["b" * 32]), ADDRESS) is None


@given(st.text(max_size=200))
def test_no_address_breaks_the_reader(address: str) -> None:
    assert parse_return_path(KEYRING, address) is None


@given(st.text(alphabet="<>=+ @/.", max_size=30), st.text(alphabet="<>=+ @/.", max_size=30))
def test_whatever_stands_around_it_a_whole_token_is_read(before: str, after: str) -> None:
    assert parse_return_path(KEYRING, f"{before}b-{TOKEN}{after}") == READER
