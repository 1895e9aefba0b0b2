"""What each command is answered, and that nothing is acknowledged before it is kept."""

import smtplib

import pytest
from sqlalchemy import text

from service.kit.clock import Clock
from service.kit.db import Begin, make_begin, make_engine
from service.outcomes import unsigned_messages
from tests.rooms.outcomes import returned_messages
from tests.rooms.workers.conftest import (
    CAPS,
    DOMAIN,
    FBL,
    FORGED,
    PATH,
    TOKEN,
    Open,
    code_for,
    kept_reports,
    talk,
    unsigned_pile,
)
from workers.inbound_smtp import InboundServer


@pytest.mark.parametrize("lmtp", [False, True])
async def test_feedback_loops_may_write_to_one_address(
    inbox: InboundServer, begin: Begin, lmtp: bool
) -> None:
    port = await inbox.open("127.0.0.1:0", channel="lmtp" if lmtp else "smtp")
    raw = returned_messages.complaint(to=PATH, address="awa@example.com")

    await talk(port, lambda client: client.sendmail("", [f"fbl@{DOMAIN}"], raw), lmtp=lmtp)

    assert [report.envelope_to for report in kept_reports(begin)] == [f"fbl@{DOMAIN}"]


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
        await talk(port, lambda client: client.sendmail("", [address], returned_messages.dsn()))

    assert refused.value.recipients[address][0] == 550
    assert kept_reports(begin) == []


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

    await talk(port, lambda client: client.sendmail("", [address], returned_messages.dsn()))

    assert [report.envelope_to for report in kept_reports(begin)] == [address.lower()]


async def test_a_second_recipient_is_asked_to_come_again(
    inbox: InboundServer, begin: Begin
) -> None:
    port = await inbox.open("127.0.0.1:0")
    other = f"u-{TOKEN}@{DOMAIN}"

    refused = await talk(
        port, lambda client: client.sendmail("", [PATH, other], returned_messages.dsn())
    )

    assert isinstance(refused, dict)
    assert refused[other][0] == 452
    assert len(kept_reports(begin)) == 1


async def test_a_bounce_is_kept_before_it_is_acknowledged(
    inbox: InboundServer, begin: Begin
) -> None:
    port = await inbox.open("127.0.0.1:0")

    await talk(port, lambda client: client.sendmail("", [PATH], returned_messages.dsn()))

    (report,) = kept_reports(begin)
    assert (report.channel, report.envelope_to) == ("smtp", PATH)
    assert report.raw == returned_messages.dsn()
    assert report.processed_at is None


async def test_when_the_database_is_away_the_sender_keeps_the_mail(make: Open) -> None:
    nowhere = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2")
    inbox = make(make_begin(nowhere))
    port = await inbox.open("127.0.0.1:0")

    with pytest.raises(smtplib.SMTPDataError) as refused:
        await talk(port, lambda client: client.sendmail("", [PATH], returned_messages.dsn()))

    assert refused.value.smtp_code == 451


@pytest.mark.parametrize("to", [FBL, f"postmaster@{DOMAIN}", "postmaster"])
async def test_what_nothing_proves_is_set_apart_and_rings_for_nobody(
    inbox: InboundServer, begin: Begin, to: str
) -> None:
    port = await inbox.open("127.0.0.1:0")
    raw = returned_messages.complaint(to=f"b-{FORGED}@{DOMAIN}", address="awa@example.com")

    code = await talk(port, lambda client: code_for(client, to, raw))

    assert code == 250
    assert kept_reports(begin) == []
    assert [kept_to for kept_to, _ in unsigned_pile(begin)] == [to.lower()]
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

    spam = await talk(port, lambda client: code_for(client, FBL))
    proven = returned_messages.complaint(to=PATH, address="awa@example.com")
    complaint = await talk(port, lambda client: code_for(client, FBL, proven))
    bounce = await talk(port, lambda client: code_for(client, PATH))

    assert (spam, complaint, bounce) == (452, 250, 250)
    assert len(unsigned_pile(begin)) == unsigned_messages.MAX_MESSAGES
    assert len(kept_reports(begin)) == 2


async def test_a_large_mail_that_nothing_proves_is_refused_for_good(
    inbox: InboundServer, begin: Begin
) -> None:
    port = await inbox.open("127.0.0.1:0")
    large = b"Subject: a\r\n\r\n" + b"a line of text, again and again\r\n" * 40_000

    assert await talk(port, lambda client: code_for(client, FBL, large)) == 552
    assert unsigned_pile(begin) == []


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

    assert await talk(port, lambda client: code_for(client, PATH)) == 452


async def test_addresses_that_are_nobody_s_end_a_conversation(make: Open) -> None:
    port = await make(caps=CAPS, client="198.51.100.0/24").open("127.0.0.1:0")

    codes = await talk(port, lambda client: [code_for(client, f"x{n}@{DOMAIN}") for n in range(4)])
    again = await talk(port, lambda client: code_for(client, f"x@{DOMAIN}"))

    assert codes == [550, 550, 550, 421]
    assert again == 421


async def test_one_client_and_one_return_path_may_send_so_many_mails(make: Open) -> None:
    port = await make(caps=CAPS, client="198.51.100.0/24").open("127.0.0.1:0")
    other = f"u-{TOKEN}@{DOMAIN}"

    same = await talk(port, lambda client: [code_for(client, PATH) for _ in range(5)])
    more = await talk(port, lambda client: [code_for(client, other) for _ in range(2)])

    assert same == [250, 250, 250, 250, 452]
    assert more == [250, 452]


async def test_one_client_may_send_so_much_that_nothing_proves(make: Open, begin: Begin) -> None:
    port = await make(caps=CAPS, client="198.51.100.0/24").open("127.0.0.1:0")

    codes = await talk(port, lambda client: [code_for(client, FBL, b"%d" % n) for n in range(5)])

    assert codes == [250, 250, 250, 250, 452]
    assert len(unsigned_pile(begin)) == 4


async def test_all_together_may_send_so_many_mails_in_a_minute(make: Open) -> None:
    port = await make(caps=CAPS, client=None).open("127.0.0.1:0")

    codes = await talk(port, lambda client: [code_for(client, FBL, b"%d" % n) for n in range(10)])

    assert codes == [250] * 9 + [452]
