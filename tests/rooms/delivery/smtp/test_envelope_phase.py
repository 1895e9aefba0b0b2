"""MAIL, RCPT and DATA on a real pair of sockets: what leaves when, and what an answer costs."""

import asyncio

import pytest

from service.delivery.smtp.envelope_phase import EnvelopePhase, SmtpTimeouts
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.replies import MessageDeferred, MessageRefused, TransactionResult
from service.replies.classification import SmtpStage
from tests.rooms.delivery.smtp.conftest import Connected, receive

PATIENT = SmtpTimeouts(connect=60, command=60, data=60, block=60, dot=60)
MESSAGE = OutgoingMessage(
    sender="b@bounces.test", recipient="awa@example.org", segments=(b"Subject: x\r\n\r\nx\r\n",)
)
MAIL, RCPT, DATA = b"MAIL FROM:<b@bounces.test>\r\n", b"RCPT TO:<awa@example.org>\r\n", b"DATA\r\n"
ENVELOPE = MAIL + RCPT + DATA
WELCOME = b"250 ok\r\n250 ok\r\n354 go\r\n"
REFUSED = b"250 ok\r\n550 5.1.1 nobody\r\n503 5.5.1 no recipients\r\n"
TO_NOBODY = b"250 ok\r\n550 5.1.1 nobody\r\n354 go\r\n"


def phase_of(connected: Connected, *extensions: str) -> EnvelopePhase:
    return EnvelopePhase(connected[0], extensions=extensions, timeouts=PATIENT)


async def ask(
    phase: EnvelopePhase, connected: Connected, *said: tuple[bytes, bytes], has_left: bool = False
) -> tuple[TransactionResult | None, list[bytes]]:
    """Ask while the server waits for each command line and says its answer; return both sides."""
    _, reader, writer = connected
    heard = []

    async def serve() -> None:
        for command, answer in said:
            heard.append(await reader.readuntil(command))
            writer.write(answer)

    async with asyncio.timeout(60):
        result, _ = await asyncio.gather(phase.ask(MESSAGE, has_left=has_left), serve())
    return result, heard


async def rest(connected: Connected) -> bytes:
    """Close our side, and return what had left that nobody has read."""
    protocol, reader, _ = connected
    protocol.close()
    return await reader.read()


async def test_three_commands_leave_in_one_write_and_the_message_may_follow(
    connected: Connected,
) -> None:
    """The server says nothing before it has all three, so waiting for an answer would be forever.

    RFC 2920 allows it, and it saves two round trips for each reader.
    """
    phase = phase_of(connected, "pipelining")

    result, heard = await ask(phase, connected, (DATA, WELCOME))

    assert (result, heard) == (None, [ENVELOPE])
    assert not phase.was_stale


async def test_without_pipelining_each_command_waits_for_its_answer(connected: Connected) -> None:
    """A server that does not offer it may lose what comes before it has answered."""
    phase = phase_of(connected)
    _, reader, writer = connected
    asking = asyncio.create_task(phase.ask(MESSAGE, has_left=False))

    for command, answer in ((MAIL, b"250 ok\r\n"), (RCPT, b"250 ok\r\n"), (DATA, b"354 go\r\n")):
        assert await reader.read(1000) == command
        writer.write(answer)

    assert await asking is None


@pytest.mark.parametrize(("extensions", "size"), [((), b""), (("size",), b" SIZE=17")])
async def test_the_size_is_announced_where_the_relay_asks_for_it(
    connected: Connected, extensions: tuple[str, ...], size: bytes
) -> None:
    """RFC 1870: a relay then refuses what is too large before it has come."""
    phase = phase_of(connected, *extensions)

    assert phase.commands(MESSAGE) == ENVELOPE.replace(b"\r\nRCPT", size + b"\r\nRCPT")


async def test_commands_that_have_left_are_not_written_again(connected: Connected) -> None:
    """They leave behind the dot of the message before; twice would be two transactions."""
    phase = phase_of(connected, "pipelining")
    connected[0].write(phase.commands(MESSAGE))

    result, heard = await ask(phase, connected, (DATA, WELCOME), has_left=True)

    assert (result, heard, await rest(connected)) == (None, [ENVELOPE], b"")


async def test_a_refusal_leaves_the_connection_usable_after_a_reset(connected: Connected) -> None:
    """One reader's missing mailbox costs nobody else a connection (RFC 5321 section 4.1.1.5)."""
    phase = phase_of(connected, "pipelining")

    refused, _ = await ask(phase, connected, (DATA, REFUSED))
    sound = phase.is_sound
    after, heard = await ask(phase, connected, (DATA, b"250 reset\r\n" + WELCOME))
    last, again = await ask(phase, connected, (DATA, WELCOME))

    assert isinstance(refused, MessageRefused)
    assert (refused.stage, refused.reason, sound) == (SmtpStage.RCPT, "5.1.1", True)
    assert (after, heard) == (None, [b"RSET\r\n" + ENVELOPE])
    assert (last, again) == (None, [ENVELOPE])


@pytest.mark.parametrize(
    ("end", "sound"),
    [(b"554 no recipients\r\n", True), (b"250 ok\r\n", False), (b"421 bye\r\n", False)],
)
async def test_a_go_ahead_to_nobody_is_ended_with_a_dot(
    connected: Connected, end: bytes, sound: bool
) -> None:
    """RFC 2920 section 3.1. Without the dot the next commands would become the message's text.

    Whoever takes a message without recipients has understood something else than we have.
    """
    phase = phase_of(connected, "pipelining")

    refused, heard = await ask(phase, connected, (DATA, TO_NOBODY), (b".\r\n", end))

    assert isinstance(refused, MessageRefused)
    assert heard == [ENVELOPE, b".\r\n"]
    assert phase.is_sound is sound


@pytest.mark.parametrize(
    "answers",
    [
        # A recipient that was taken after all, a message to somebody, a farewell, and no SMTP.
        b"550 no\r\n250 ok\r\n503 no\r\n",
        b"550 no\r\n503 no\r\n354 go\r\n",
        b"550 no\r\n421 bye\r\n503 no\r\n",
        b"250 ok\r\n421 bye\r\n503 no\r\n",
        b"550 no\r\n503 no\r\nHTTP/1.1 400\r\n",
    ],
)
async def test_after_answers_that_contradict_a_refusal_the_connection_is_given_up(
    connected: Connected, answers: bytes
) -> None:
    """The next message would be answered by what was meant for this one."""
    phase = phase_of(connected, "pipelining")

    result, _ = await ask(phase, connected, (DATA, answers))

    assert isinstance(result, MessageDeferred | MessageRefused)
    assert not phase.is_sound


async def test_what_was_said_unasked_keeps_the_message_back(connected: Connected) -> None:
    """A doubled answer would be taken for the one to this message's sender."""
    phase = phase_of(connected, "pipelining")
    receive(connected[0], b"421 4.4.2 idle for too long\r\n")

    result = await phase.ask(MESSAGE, has_left=False)

    assert result == MessageDeferred(reason="unrequested_reply")
    assert (phase.was_stale, phase.is_sound, await rest(connected)) == (True, False, b"")


@pytest.mark.parametrize(
    ("answers", "stale"),
    [
        (b"452 too many\r\n503 no\r\n503 no\r\n", True),
        (b"250 ok\r\n452 too many\r\n503 no\r\n", False),
    ],
)
async def test_only_who_was_stopped_before_their_sender_was_taken_may_blame_the_connection(
    connected: Connected, answers: bytes, stale: bool
) -> None:
    """Another connection is tried at once for it, which is no help against a full mailbox."""
    phase = phase_of(connected, "pipelining")

    await ask(phase, connected, (DATA, answers))

    assert phase.was_stale is stale


async def test_a_reset_that_is_refused_says_nothing_about_the_message(
    connected: Connected,
) -> None:
    """The reader whose turn it is has nothing to do with the refusal of the one before."""
    phase = phase_of(connected, "pipelining")
    await ask(phase, connected, (DATA, REFUSED))

    result, _ = await ask(phase, connected, (DATA, b"550 no\r\n"))

    assert result == MessageDeferred(reason="reset_refused")
    assert (phase.was_stale, phase.is_sound) == (True, False)
