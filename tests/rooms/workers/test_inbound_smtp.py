"""The daemon that takes returned mail, on real sockets."""

import asyncio
import contextlib
import smtplib
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import select, text

from service.audience import reader_token
from service.audience.reader_token import ReaderToken
from service.kit.clock import Clock
from service.kit.db import Begin, make_begin, make_engine
from service.kit.errors import Misconfigured
from service.kit.tokens import Keyring
from service.outcomes import process_reports, unsigned_messages
from service.outcomes.tables import InboundReport
from tests.conftest import SECRET, FakeClock
from tests.rooms.outcomes import returned_messages
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


async def _talk(port: int, talk: Callable[[smtplib.SMTP], object], *, lmtp: bool = False) -> object:
    """Speak SMTP from another thread, as a mail server would."""

    def run() -> object:
        client = smtplib.LMTP("127.0.0.1", port) if lmtp else smtplib.SMTP("127.0.0.1", port)
        with client:
            return talk(client)

    return await asyncio.to_thread(run)


def _kept(begin: Begin) -> list[InboundReport]:
    with begin() as session:
        return list(session.scalars(select(InboundReport)))


async def test_a_bounce_is_kept_before_it_is_acknowledged(
    inbox: InboundServer, begin: Begin
) -> None:
    port = await inbox.open("127.0.0.1:0")

    await _talk(port, lambda client: client.sendmail("", [PATH], returned_messages.dsn()))

    (report,) = _kept(begin)
    assert (report.channel, report.envelope_to) == ("smtp", PATH)
    assert report.raw == returned_messages.dsn()
    assert report.processed_at is None


async def test_lmtp_is_spoken_too(inbox: InboundServer, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0", channel="lmtp")

    await _talk(
        port, lambda client: client.sendmail("", [PATH], returned_messages.dsn()), lmtp=True
    )

    assert [report.channel for report in _kept(begin)] == ["lmtp"]


@pytest.mark.parametrize("lmtp", [False, True])
async def test_feedback_loops_may_write_to_one_address(
    inbox: InboundServer, begin: Begin, lmtp: bool
) -> None:
    port = await inbox.open("127.0.0.1:0", channel="lmtp" if lmtp else "smtp")
    raw = returned_messages.complaint(to=PATH, address="awa@example.com")

    await _talk(port, lambda client: client.sendmail("", [f"fbl@{DOMAIN}"], raw), lmtp=lmtp)

    assert [report.envelope_to for report in _kept(begin)] == [f"fbl@{DOMAIN}"]


@pytest.mark.parametrize(
    "address",
    [
        f"b-{TOKEN[:-1]}@{DOMAIN}",
        f"x-{TOKEN}@{DOMAIN}",
        f"b-{TOKEN}@elsewhere.test",
        f"b-{'a' * 42}@{DOMAIN}",
        f"b-{FORGED}@{DOMAIN}",
        f"u-{FORGED}@{DOMAIN}",
        "postmaster@elsewhere.test",
        "fbl@elsewhere.test",
        "awa@example.com",
    ],
)
async def test_what_is_no_return_path_is_refused_at_once(
    inbox: InboundServer, begin: Begin, address: str
) -> None:
    port = await inbox.open("127.0.0.1:0")

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await _talk(port, lambda client: client.sendmail("", [address], returned_messages.dsn()))

    assert refused.value.recipients[address][0] == 550
    assert _kept(begin) == []


@pytest.mark.parametrize(
    "address",
    [
        PATH.upper(),
        f"u-{TOKEN}@{DOMAIN}",
        f"prvs=1234567890=b-{TOKEN}@{DOMAIN}",
        f"SRS0=ab=cd=example.com=b-{TOKEN}@{DOMAIN}",
    ],
)
async def test_a_signed_address_is_taken_as_forwarders_write_it(
    inbox: InboundServer, begin: Begin, address: str
) -> None:
    port = await inbox.open("127.0.0.1:0")

    await _talk(port, lambda client: client.sendmail("", [address], returned_messages.dsn()))

    assert [report.envelope_to for report in _kept(begin)] == [address.lower()]


async def test_a_second_recipient_is_asked_to_come_again(
    inbox: InboundServer, begin: Begin
) -> None:
    port = await inbox.open("127.0.0.1:0")
    other = f"u-{TOKEN}@{DOMAIN}"

    refused = await _talk(
        port, lambda client: client.sendmail("", [PATH, other], returned_messages.dsn())
    )

    assert isinstance(refused, dict)
    assert refused[other][0] == 452
    assert len(_kept(begin)) == 1


async def test_a_huge_mail_is_refused_and_not_kept(inbox: InboundServer, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0")
    huge = (
        returned_messages.dsn()
        + b"a line of seventy letters or so, again and again and again ....\r\n"
        * (11 * 2**20 // 64)
    )

    with pytest.raises(smtplib.SMTPException):
        await _talk(port, lambda client: client.sendmail("", [PATH], huge))

    assert _kept(begin) == []


async def test_long_lines_and_any_bytes_are_taken(inbox: InboundServer, begin: Begin) -> None:
    port = await inbox.open("127.0.0.1:0")
    raw = returned_messages.dsn() + b"\xff" * 60_000 + b"\r\n"

    await _talk(port, lambda client: client.sendmail("", [PATH], raw))

    assert [report.raw for report in _kept(begin)] == [raw]


async def test_mails_of_nothing_but_line_ends_keep_nobody_waiting(
    inbox: InboundServer, begin: Begin
) -> None:
    port = await inbox.open("127.0.0.1:0")
    raw = b"\r\n" * (9 * MIB // 2)

    sending = [
        asyncio.create_task(_talk(port, lambda client: client.sendmail("", [PATH], raw)))
        for _ in range(4)
    ]
    waits = []
    while not all(each.done() for each in sending):
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(0.01)
        waits.append(asyncio.get_running_loop().time() - began)

    # The daemon runs in this loop.
    assert max(waits) < 2
    assert [report.raw for report in _kept(begin)] == [raw]


async def test_when_the_database_is_away_the_sender_keeps_the_mail(make: Open) -> None:
    nowhere = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2")
    inbox = make(make_begin(nowhere))
    port = await inbox.open("127.0.0.1:0")

    with pytest.raises(smtplib.SMTPDataError) as refused:
        await _talk(port, lambda client: client.sendmail("", [PATH], returned_messages.dsn()))

    assert refused.value.smtp_code == 451


async def test_closing_hangs_up_on_the_idle_and_takes_nobody_new(inbox: InboundServer) -> None:
    port = await inbox.open("127.0.0.1:0")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    greeting = await reader.readline()

    await inbox.close()

    assert greeting.startswith(b"220 ")
    assert await reader.read() == b""
    writer.close()
    with pytest.raises(OSError, match=r".*"):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_port_that_is_taken_is_told_with_the_setting(inbox: InboundServer) -> None:
    port = await inbox.open("127.0.0.1:0")

    with pytest.raises(Misconfigured, match="CRIEUR_INBOUND_LMTP_LISTEN"):
        await inbox.open(f"127.0.0.1:{port}", channel="lmtp", setting="CRIEUR_INBOUND_LMTP_LISTEN")


def _pile(begin: Begin) -> list[tuple[str, bytes]]:
    with begin() as session:
        return [
            (to, unsigned_messages.raw_unsigned_message(session, number))
            for number, _, to, _ in reversed(unsigned_messages.list_unsigned_messages(session))
        ]


def _code(client: smtplib.SMTP, to: str, raw: bytes = b"Subject: a\r\n\r\nb\r\n") -> int:
    """Send one mail and return the code of the first answer that is not yes, or the last."""
    client.ehlo_or_helo_if_needed()
    client.mail("")
    code, _ = client.rcpt(to)
    if code == 250:
        code, _ = client.data(raw)
    elif code != 421:
        client.rset()
    return code


@pytest.mark.parametrize("to", [FBL, f"postmaster@{DOMAIN}", "postmaster"])
async def test_what_nothing_proves_is_set_apart_and_rings_for_nobody(
    inbox: InboundServer, begin: Begin, to: str
) -> None:
    port = await inbox.open("127.0.0.1:0")
    raw = returned_messages.complaint(to=f"b-{FORGED}@{DOMAIN}", address="awa@example.com")

    code = await _talk(port, lambda client: _code(client, to, raw))

    assert code == 250
    assert _kept(begin) == []
    assert [kept_to for kept_to, _ in _pile(begin)] == [to.lower()]
    with begin() as session:
        assert session.execute(text("SELECT count(*) FROM outbox")).scalar_one() == 0


async def test_the_pile_has_a_size_and_what_is_proven_never_waits_for_it(
    inbox: InboundServer, begin: Begin, clock: Clock
) -> None:
    port = await inbox.open("127.0.0.1:0")
    with begin() as session:
        for number in range(unsigned_messages.MAX_MESSAGES):
            raw = b"%d" % number
            assert unsigned_messages.store_unsigned_message(
                session, raw, envelope_to=FBL, channel="smtp", now=clock()
            )

    spam = await _talk(port, lambda client: _code(client, FBL))
    proven = returned_messages.complaint(to=PATH, address="awa@example.com")
    complaint = await _talk(port, lambda client: _code(client, FBL, proven))
    bounce = await _talk(port, lambda client: _code(client, PATH))

    assert (spam, complaint, bounce) == (452, 250, 250)
    assert len(_pile(begin)) == unsigned_messages.MAX_MESSAGES
    assert len(_kept(begin)) == 2


async def test_a_large_mail_that_nothing_proves_is_refused_for_good(
    inbox: InboundServer, begin: Begin
) -> None:
    port = await inbox.open("127.0.0.1:0")
    large = b"Subject: a\r\n\r\n" + b"a line of text, again and again\r\n" * 40_000

    assert await _talk(port, lambda client: _code(client, FBL, large)) == 552
    assert _pile(begin) == []


def test_the_pile_is_limited_in_bytes_too_and_forgotten_after_some_days(
    begin: Begin, clock: FakeClock
) -> None:
    def lay(number: int) -> bool:
        raw = b"%9d" % number + b"a" * (unsigned_messages.LIMIT_BYTES - 9)
        with begin() as session:
            return unsigned_messages.store_unsigned_message(
                session, raw, envelope_to=FBL, channel="smtp", now=clock.now
            )

    kept = [lay(number) for number in range(34)]
    clock.advance(days=3, seconds=1)
    with begin() as session:
        process_reports.purge_raw_reports(session, now=clock.now)

    assert kept == [True] * 32 + [False] * 2
    assert _pile(begin) == []
    assert lay(99)


async def test_a_full_disk_is_told_with_452_and_nothing_is_lost(
    make: Open, begin: Begin, database_url: str
) -> None:
    # PostgreSQL itself says 53100, as it does when its disk is full.
    full = text("""
        CREATE FUNCTION be_full() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$
        """)
    with begin() as session:
        session.execute(full)
        session.execute(
            text("CREATE TRIGGER full_disk BEFORE INSERT ON report EXECUTE FUNCTION be_full()")
        )
    port = await make().open("127.0.0.1:0")

    assert await _talk(port, lambda client: _code(client, PATH)) == 452


async def test_addresses_that_are_nobody_s_end_a_conversation(make: Open) -> None:
    port = await make(caps=CAPS, client="198.51.100.0/24").open("127.0.0.1:0")

    codes = await _talk(port, lambda client: [_code(client, f"x{n}@{DOMAIN}") for n in range(4)])
    again = await _talk(port, lambda client: _code(client, f"x@{DOMAIN}"))

    assert codes == [550, 550, 550, 421]
    assert again == 421


async def test_one_client_and_one_return_path_may_send_so_many_mails(make: Open) -> None:
    port = await make(caps=CAPS, client="198.51.100.0/24").open("127.0.0.1:0")
    other = f"u-{TOKEN}@{DOMAIN}"

    same = await _talk(port, lambda client: [_code(client, PATH) for _ in range(5)])
    more = await _talk(port, lambda client: [_code(client, other) for _ in range(2)])

    assert same == [250, 250, 250, 250, 452]
    assert more == [250, 452]


async def test_one_client_may_send_so_much_that_nothing_proves(make: Open, begin: Begin) -> None:
    port = await make(caps=CAPS, client="198.51.100.0/24").open("127.0.0.1:0")

    codes = await _talk(port, lambda client: [_code(client, FBL, b"%d" % n) for n in range(5)])

    assert codes == [250, 250, 250, 250, 452]
    assert len(_pile(begin)) == 4


async def test_all_together_may_send_so_many_mails_in_a_minute(make: Open) -> None:
    port = await make(caps=CAPS, client=None).open("127.0.0.1:0")

    codes = await _talk(port, lambda client: [_code(client, FBL, b"%d" % n) for n in range(10)])

    assert codes == [250] * 9 + [452]


async def test_connections_are_limited_for_one_client_and_for_all(make: Open) -> None:
    ours, theirs = make(caps=CAPS, client=None), make(caps=CAPS, client="198.51.100.0/24")
    greetings: dict[int, list[bytes]] = {}
    writers = []
    for number, daemon in enumerate((ours, theirs)):
        port = await daemon.open("127.0.0.1:0")
        greetings[number] = []
        for _ in range(8):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            greetings[number].append((await reader.readline())[:3])
            writers.append(writer)
        writers[-8].close()
        await writers[-8].wait_closed()
        while greetings[number][-1] != b"220":
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            greetings[number].append((await reader.readline())[:3])
            writers.append(writer)
    for writer in writers:
        writer.close()

    assert greetings[0][:8] == [b"220"] * 6 + [b"421"] * 2
    assert greetings[1][:8] == [b"220"] * 3 + [b"421"] * 5


async def test_unfinished_mails_are_held_up_to_a_size_and_given_back(make: Open) -> None:
    port = await make(caps=CAPS, client="198.51.100.0/24").open("127.0.0.1:0")
    line = b"a line of seventy letters or so, again and again and again and aga\r\n"

    async def begin_one() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<%b>\r\nDATA\r\n" % PATH.encode())
        while not (await reader.readline()).startswith(b"354"):
            pass
        writer.write(line * (MIB // len(line)))
        await writer.drain()
        return reader, writer

    first, second, third = [await begin_one() for _ in range(3)]

    async def last_words(reader: asyncio.StreamReader) -> bytes:
        try:
            return (await reader.read())[:3]
        except ConnectionError:
            # What was on its way to a closed socket may overtake the answer.
            return b"421"

    done, waiting = await asyncio.wait(
        [asyncio.ensure_future(last_words(each)) for each, _ in (first, second, third)],
        return_when=asyncio.FIRST_COMPLETED,
        timeout=20,
    )
    ended = {task.result() for task in done}
    for task in waiting:
        task.cancel()
    for _, writer in (first, second, third):
        writer.close()

    assert ended == {b"421"}
    assert await _talk(port, lambda client: _code(client, PATH)) == 250


async def test_a_line_without_an_end_is_hung_up_on(make: Open) -> None:
    port = await make().open("127.0.0.1:0")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<%b>\r\nDATA\r\n" % PATH.encode())
    while not (await reader.readline()).startswith(b"354"):
        pass
    with contextlib.suppress(ConnectionError):
        for _ in range(25):
            writer.write(b"a" * MIB)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        assert (await reader.read())[:3] in {b"421", b""}
    writer.close()
