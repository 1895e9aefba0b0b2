"""How a message is offered to a relay: MAIL, RCPT and DATA, up to the 354 or a reason.

Where the relay offers PIPELINING (RFC 2920) the three leave in one write, and their answers are
nearly always taken in one piece. Any unusual answer is judged, and those after it are got past.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.delivery.reasons import DeliveryReason
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.protocol import SmtpProtocol
from service.delivery.smtp.replies import (
    ENVELOPE_PATTERN,
    REPLY_PATTERNS,
    ExpectedReply,
    MessageDeferred,
    ReplyCode,
    ReplyKind,
    TransactionResult,
    ends_connection,
    interpret_reply,
    parse_reply,
)
from service.replies.classification import SmtpStage

RESET = b"RSET\r\n"
DOT = b".\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpTimeouts:
    """Seconds to wait, as RFC 5321 section 4.5.3.2 asks for."""

    connect: float = 60
    command: float = 300
    data: float = 120
    block: float = 180
    dot: float = 600


# RSET is none of them: it says nothing about a message.
_STAGES = {b"MAIL": SmtpStage.MAIL, b"RCPT": SmtpStage.RCPT, b"DATA": SmtpStage.DATA}


class _CommandStep(NamedTuple):
    command: bytes
    expected: ExpectedReply
    patience: float

    @property
    def stage(self) -> SmtpStage | None:
        return _STAGES.get(self.command[:4])


class EnvelopePhase:
    """What one connection says before each message."""

    def __init__(
        self, protocol: SmtpProtocol, *, extensions: Collection[str], timeouts: SmtpTimeouts
    ) -> None:
        self._protocol = protocol
        # Whether commands may leave before the answers to those before them.
        self.pipelines = "pipelining" in extensions
        self._takes_sizes = "size" in extensions
        self._timeouts = timeouts
        self._needs_reset = False
        # Whether another message may be offered after one that was not let in.
        self.is_sound = True
        # Whether the last message failed before the relay had taken its sender.
        self.was_stale = False

    async def ask(self, message: OutgoingMessage, *, has_left: bool) -> TransactionResult | None:
        """Ask for the 354 and return None, or what became of the message without it.

        `has_left` tells that the commands were written before. Raises EOFError or TimeoutError.
        """
        self.was_stale, self.is_sound = True, False
        if not has_left and self._protocol.has_unasked():
            return MessageDeferred(reason=DeliveryReason.UNREQUESTED_REPLY)
        if self.pipelines and await self._is_welcome(message, has_left=has_left):
            self.was_stale = False
            return None
        steps = self._steps(message)
        for index, step in enumerate(steps):
            if not self.pipelines:
                self._protocol.write(step.command)
            if (
                await self._protocol.plainly(REPLY_PATTERNS[step.expected], step.patience)
                is not None
            ):
                self.was_stale = self.was_stale and step.command == RESET
                continue
            result = await self._stop(steps, index)
            if result is not None:
                return result
        self._needs_reset = self.was_stale = False
        return None

    async def _is_welcome(self, message: OutgoingMessage, *, has_left: bool) -> bool:
        """Let the commands leave, unless they have, and take their answers if all are as wanted."""
        if not has_left:
            self._protocol.write(self.commands(message))
        if self._needs_reset:
            return False
        patience = self._timeouts.command
        return await self._protocol.plainly(ENVELOPE_PATTERN, patience) is not None

    async def _stop(self, steps: Sequence[_CommandStep], index: int) -> TransactionResult | None:
        """Judge an unusual answer, and get past those to what left in the same write."""
        step = steps[index]
        reply = parse_reply(await self._protocol.answer(step.patience))
        result = interpret_reply(reply, expected=step.expected, stage=step.stage)
        if result is None:
            self.was_stale = self.was_stale and step.command == RESET
            return None
        if step.command == RESET:
            # It says nothing about the message, which another connection may take.
            return MessageDeferred(reason=DeliveryReason.RESET_REFUSED)
        self._needs_reset = True
        self.is_sound = not ends_connection(reply)
        if self.is_sound and self.pipelines:
            self.is_sound = await self._get_past(
                steps[index + 1 :], may_empty=index == len(steps) - 2
            )
        return result

    async def _get_past(self, steps: Sequence[_CommandStep], *, may_empty: bool) -> bool:
        """Take the answers to what cannot succeed any more; return whether it is usable.

        A server may let DATA go on although it refused the recipient: RFC 2920 section 3.1 then
        asks for a single dot, which ends a message without recipients.
        """
        try:
            for step in steps:
                reply = parse_reply(await self._protocol.answer(step.patience))
                if reply is None or reply.code == ReplyCode.SERVICE_NOT_AVAILABLE:
                    return False
                if reply.kind == ExpectedReply.DONE:
                    return False
                if reply.kind == ExpectedReply.GO_AHEAD:
                    if not may_empty:
                        return False
                    self._protocol.write(DOT)
                    end = parse_reply(await self._protocol.answer(self._timeouts.dot))
                    return (
                        end is not None
                        and end.kind in {ReplyKind.TRANSIENT_FAILURE, ReplyKind.PERMANENT_FAILURE}
                        and end.code != ReplyCode.SERVICE_NOT_AVAILABLE
                    )
        except (TimeoutError, EOFError):
            return False
        return True

    def _steps(self, message: OutgoingMessage) -> list[_CommandStep]:
        *envelope, data = self.commands(message).splitlines(keepends=True)
        patience = self._timeouts.command
        return [
            *(_CommandStep(command, ExpectedReply.DONE, patience) for command in envelope),
            _CommandStep(data, ExpectedReply.GO_AHEAD, self._timeouts.data),
        ]

    def commands(self, message: OutgoingMessage) -> bytes:
        """Return what is to be written before a message."""
        commands = message.commands(with_size=self._takes_sizes)
        return RESET + commands if self._needs_reset else commands
