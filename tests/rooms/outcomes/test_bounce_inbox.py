"""The daemon that takes returned mail, on real sockets."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import select

from service.kit.clock import Clock
from service.kit.db import Begin, make_begin, make_engine
from service.kit.errors import Misconfigured
from service.outcomes.tables import Report
from tests.rooms.outcomes import mails
from workers.bounce_inbox import Inbox

DOMAIN = "bounces.crieur.test"
PATH = f"b-{'a' * 42}@{DOMAIN}"


@pytest.fixture
async def inbox(begin: Begin, clock: Clock) -> AsyncIterator[Inbox]:
    opened = Inbox(begin=begin, clock=clock, bounce_domain=DOMAIN)
    yield opened
    await opened.close()


async def _talk(port: int, talk: Callable[[smtplib.SMTP], object], *, lmtp: bool = False) -> object:
    """Speak SMTP from another thread, as a mail server would."""

    def run() -> object:
        client = smtplib.LMTP("127.0.0.1", port) if lmtp else smtplib.SMTP("127.0.0.1", port)
        with client:
            return talk(client)

    return await asyncio.to_thread(run)


def _kept(begin: Begin) -> list[Report]:
    with begin() as session:
        return list(session.scalars(select(Report)))


async def test_a_bounce_is_kept_before_it_is_acknowledged(inbox: Inbox, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0")

    await _talk(port, lambda client: client.sendmail("", [PATH], mails.dsn()))

    (report,) = _kept(begin)
    assert (report.channel, report.envelope_to) == ("smtp", PATH)
    assert report.raw == mails.dsn()
    assert report.processed_at is None


async def test_lmtp_is_spoken_too(inbox: Inbox, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0", channel="lmtp")

    await _talk(port, lambda client: client.sendmail("", [PATH], mails.dsn()), lmtp=True)

    assert [report.channel for report in _kept(begin)] == ["lmtp"]


@pytest.mark.parametrize("lmtp", [False, True])
async def test_feedback_loops_may_write_to_one_address(
    inbox: Inbox, begin: Begin, lmtp: bool
) -> None:
    port = await inbox.open("127.0.0.1:0", channel="lmtp" if lmtp else "smtp")
    raw = mails.complaint(to=PATH, address="awa@example.com")

    await _talk(port, lambda client: client.sendmail("", [f"fbl@{DOMAIN}"], raw), lmtp=lmtp)

    assert [report.envelope_to for report in _kept(begin)] == [f"fbl@{DOMAIN}"]


@pytest.mark.parametrize(
    "address",
    [
        f"postmaster@{DOMAIN}",
        f"b-{'a' * 41}@{DOMAIN}",
        f"x-{'a' * 42}@{DOMAIN}",
        f"b-{'a' * 42}@elsewhere.test",
        "fbl@elsewhere.test",
        "awa@example.com",
    ],
)
async def test_what_is_no_return_path_is_refused_at_once(
    inbox: Inbox, begin: Begin, address: str
) -> None:
    port = await inbox.open("127.0.0.1:0")

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await _talk(port, lambda client: client.sendmail("", [address], mails.dsn()))

    assert refused.value.recipients[address][0] == 550
    assert _kept(begin) == []


async def test_a_second_recipient_is_asked_to_come_again(inbox: Inbox, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0")
    other = f"u-{'b' * 42}@{DOMAIN}"

    refused = await _talk(port, lambda client: client.sendmail("", [PATH, other], mails.dsn()))

    assert isinstance(refused, dict)
    assert refused[other][0] == 452
    assert len(_kept(begin)) == 1


async def test_a_huge_mail_is_refused_and_not_kept(inbox: Inbox, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0")
    huge = mails.dsn() + b"a line of seventy letters or so, again and again and again ....\r\n" * (
        11 * 2**20 // 64
    )

    with pytest.raises(smtplib.SMTPException):
        await _talk(port, lambda client: client.sendmail("", [PATH], huge))

    assert _kept(begin) == []


async def test_long_lines_and_any_bytes_are_taken(inbox: Inbox, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0")
    raw = mails.dsn() + b"\xff" * 60_000 + b"\r\n"

    await _talk(port, lambda client: client.sendmail("", [PATH], raw))

    assert [report.raw for report in _kept(begin)] == [raw]


async def test_when_the_database_is_away_the_sender_keeps_the_mail(clock: Clock) -> None:
    nowhere = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2")
    inbox = Inbox(begin=make_begin(nowhere), clock=clock, bounce_domain=DOMAIN)
    port = await inbox.open("127.0.0.1:0")

    with pytest.raises(smtplib.SMTPDataError) as refused:
        await _talk(port, lambda client: client.sendmail("", [PATH], mails.dsn()))

    assert refused.value.smtp_code == 451
    await inbox.close()


async def test_closing_hangs_up_on_the_idle_and_takes_nobody_new(inbox: Inbox) -> None:
    port = await inbox.open("127.0.0.1:0")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    greeting = await reader.readline()

    await inbox.close()

    assert greeting.startswith(b"220 ")
    assert await reader.read() == b""
    writer.close()
    with pytest.raises(OSError, match=r".*"):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_port_that_is_taken_is_told_with_the_setting(inbox: Inbox) -> None:
    port = await inbox.open("127.0.0.1:0")

    with pytest.raises(Misconfigured, match="CRIEUR_INBOUND_LMTP_LISTEN"):
        await inbox.open(f"127.0.0.1:{port}", channel="lmtp", setting="CRIEUR_INBOUND_LMTP_LISTEN")
