"""The daemon that takes returned mail, on real sockets, and those who talk to it."""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import select

from service.audience import reader_token
from service.audience.reader_token import ReaderToken
from service.kit.clock import Clock
from service.kit.db import Begin
from service.kit.tokens import Keyring
from service.outcomes import process_reports, unsigned_messages
from service.outcomes.tables import InboundReport
from tests.conftest import SECRET
from workers.inbound_handler import InboundContext
from workers.inbound_limits import MIB, InboundLimiter, InboundLimits
from workers.inbound_smtp import InboundServer

DOMAIN = "bounces.crieur.test"
KEYRING = Keyring([SECRET])
TOKEN = reader_token.sign_reader_token(
    KEYRING, ReaderToken(newsletter_id=1, edition_id=7, subscriber_id=4)
)
FORGED = reader_token.sign_reader_token(
    Keyring(["somebody else's secret, which is long enough"]),
    ReaderToken(newsletter_id=1, edition_id=7, subscriber_id=4),
)
PATH = f"b-{TOKEN}@{DOMAIN}"
FBL = f"fbl@{DOMAIN}"
CAPS = InboundLimits(
    connections=6,
    connections_of_one=3,
    held=3 * MIB,
    held_of_one=2 * MIB,
    mails=9,
    mails_of_one=6,
    unknown_of_one=3,
    unsigned_of_one=4,
    mails_of_one_path=4,
)


Open = Callable[..., InboundServer]


@pytest.fixture
async def make(begin: Begin, clock: Clock) -> AsyncIterator[Open]:
    """Make a daemon; `client` is the network that a connection counts for."""
    made: list[InboundServer] = []

    def inbox(
        begin: Begin = begin, *, caps: InboundLimits | None = None, client: str | None = None
    ) -> InboundServer:
        processor = process_reports.ReportProcessor(
            keyring=KEYRING, bounce_domain=DOMAIN, provider_of=str.lower
        )
        limiter = InboundLimiter(caps=caps or InboundLimits())
        context = InboundContext(
            begin=begin,
            clock=clock,
            processor=processor,
            limiter=limiter,
            client_of=lambda _: client,
        )
        made.append(InboundServer(context))
        return made[-1]

    yield inbox
    for each in made:
        await each.close()


@pytest.fixture
def inbox(make: Open) -> InboundServer:
    return make()


async def talk(port: int, speak: Callable[[smtplib.SMTP], object], *, lmtp: bool = False) -> object:
    """Speak SMTP from another thread, as a mail server would."""

    def run() -> object:
        client = smtplib.LMTP("127.0.0.1", port) if lmtp else smtplib.SMTP("127.0.0.1", port)
        with client:
            return speak(client)

    return await asyncio.to_thread(run)


def kept_reports(begin: Begin) -> list[InboundReport]:
    with begin() as session:
        return list(session.scalars(select(InboundReport)))


def unsigned_pile(begin: Begin) -> list[tuple[str, bytes]]:
    with begin() as session:
        return [
            (to, unsigned_messages.raw_unsigned_message(session, number))
            for number, _, to, _ in reversed(unsigned_messages.list_unsigned_messages(session))
        ]


def code_for(client: smtplib.SMTP, to: str, raw: bytes = b"Subject: a\r\n\r\nb\r\n") -> int:
    """Send one mail and return the code of the first answer that is not yes, or the last."""
    client.ehlo_or_helo_if_needed()
    client.mail("")
    code, _ = client.rcpt(to)
    if code == 250:
        code, _ = client.data(raw)
    elif code != 421:
        client.rset()
    return code
