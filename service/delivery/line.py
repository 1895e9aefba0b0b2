"""One SMTP connection, ready for mail: our own transactions on an opened and secured transport.

Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA leave in one write, and the
next letter's behind the final dot. As long as every answer is as wanted, one letter then follows
the other from inside the protocol's callback (`Line._go_on`), without waking a task for each. A
mail is uncertain from the moment on at which its dot may have left, and a connection lost earlier
is known to have handed nothing over. Any surprise makes the line unusable.
"""

import asyncio
import contextlib
import math
from collections.abc import Collection
from time import monotonic
from typing import Protocol

from service.delivery.door import DOT, Door, Timeouts
from service.delivery.reply import (
    PLAINLY,
    PLAINLY_ONWARD,
    Accepted,
    Deferred,
    Result,
    Uncertain,
    Wanted,
    ends_connection,
    judge,
    plain_acceptance,
    read,
)
from service.delivery.sealed import Sealed, find_unfit, too_large
from service.delivery.talk import Talk
from service.replies.classification import SmtpStage

QUICK_ANSWER = 0.25
"""Seconds: a server that answers a final dot later than this is not sent the next letter's
commands before its answer; by then there may be a reason not to send that letter."""


class Following(Protocol):
    """The letters behind the one that is handed over."""

    def begin(self) -> Sealed | None:
        """Return the letter that is to be offered next: its commands leave behind this one's dot.

        Whoever gives one offers it next, here or elsewhere.
        """

    def may_go_on(self) -> bool:
        """Tell whether the body and the dot of the letter that was begun may leave now."""

    def go_on(self, taken: bytes) -> None:
        """Hear that the letter was taken, and that the one that was begun is under way now.

        `taken` is for `plain_acceptance`: there is time to read it when many are read together.
        """

    def prepare(self) -> None:
        """Do what can be done for those who come next: a letter has just left for the relay.

        Between `may_go_on` and the write nothing should take long, or a reason to stop that
        comes meanwhile comes too late.
        """


class Line:
    """A connection on which letters are handed over one after the other."""

    def __init__(
        self,
        transport: asyncio.Transport,
        *,
        offers: Collection[str],
        timeouts: Timeouts,
        limit: int = 1_000_000,
        most_bytes: int = 0,
        name: str = "",
    ) -> None:
        """Take over a transport on which no transaction is open, for `limit` letters at most.

        `most_bytes` is what the relay's SIZE lets a message have (RFC 1870); 0 is no limit.
        """
        self._offers = frozenset(offers)
        self._timeouts = timeouts
        shortest = min(timeouts.command, timeouts.data, timeouts.block, timeouts.dot)
        self._talk = Talk(transport, shortest=shortest)
        self._door = Door(self._talk, offers=self._offers, timeouts=timeouts)
        # A letter whose commands left behind the last one's dot.
        self._begun: Sealed | None = None
        self._following: Following | None = None
        self._limit = limit
        self.most_bytes = most_bytes
        self._name = name
        self._is_quick = True
        self._dot_written = False
        # When the last body left, or began to.
        self._written_at = 0.0
        # Whether the next letter may be tried on it.
        self.usable = True
        # Letters that were offered on it so far.
        self.offered = 0

    async def hand_over(
        self, letter: Sealed, *, following: Following | None = None, until: float = math.inf
    ) -> Result:
        """Offer one letter and return what became of it, or of the last one that followed it.

        A letter that says `careful` has left for the kernel before its dot is written. Letters
        that `following` tells of may go out behind it; whatever is returned is about the one that
        is under way by then. No dot is written after `until` (`monotonic`'s seconds).
        """
        # One that was begun has been looked at.
        unfit = None if letter is self._begun else self._find_unfit(letter)
        if unfit is not None:
            return unfit
        self.offered += 1
        self.usable = False
        self._dot_written = False
        self._following = following
        try:
            refusal = await self._knock(letter)
            if refusal is not None:
                return refusal
            return await self._say(letter, until)
        except TimeoutError:
            return self._broken("timed out")
        except EOFError:
            return self._broken("connection lost")

    def _find_unfit(self, letter: Sealed) -> Result | None:
        """Tell why a letter is not offered here, if there is a reason."""
        if self.most_bytes and letter.size > self.most_bytes:
            return too_large(letter.size, most=self.most_bytes, relay=self._name)
        return find_unfit(letter, self._offers)

    def _broken(self, reason: str) -> Result:
        """From the final dot on only an answer makes it certain (RFC 1047)."""
        self.usable = False
        if self._dot_written:
            return Uncertain(reason=f"{reason} after the dot")
        return Deferred(reason=reason)

    async def _knock(self, letter: Sealed) -> Result | None:
        """Get through to the 354; anything else ends the letter here."""
        begun, self._begun = self._begun, None
        if begun is not None and begun is not letter:
            self._door.was_stale = True
            return Deferred(reason="another letter was begun")
        refusal = await self._door.ask(letter, has_left=begun is letter)
        self.usable = refusal is not None and self._door.is_sound
        return refusal

    @property
    def was_stale(self) -> bool:
        """Whether the last letter failed before the relay had taken its sender.

        An idle connection that the relay has closed looks like this, and says nothing about the
        letter.
        """
        return self._door.was_stale

    async def _say(self, letter: Sealed, until: float) -> Result:
        """Write the body and the dot; a long body has left for the kernel before the dot."""
        is_written = not letter.is_light
        if is_written:
            self._talk.write(letter.stuffed())
            if not await self._talk.drained(self._timeouts.block):
                return await self._judge_early()
        if monotonic() > until:
            return Deferred(reason="the lease ran out")
        self._end(letter, is_written=is_written)
        while True:
            while self._talk.is_full:
                heard = not await self._talk.drained(self._timeouts.block)
                if heard and self._talk.is_full:
                    return await self._judge_early()
            await self._talk.race(self._go_on, self._timeouts.dot)
            if not self._talk.is_full:
                return await self._hear_end()

    def _end(self, letter: Sealed, *, is_written: bool = False) -> None:
        """Write what is missing up to the dot, and begin the next letter."""
        self._written_at = monotonic()
        tail = DOT + self._begin_next()
        self._dot_written = True
        self._talk.write(tail if is_written else letter.stuffed(tail))
        if self._following is not None:
            self._following.prepare()

    def _go_on(self) -> bool:
        """Let the letter that was begun leave, if all answers are here and as wanted.

        Called whenever something was heard. False leaves everything to who waits for the answer.
        """
        letter, following = self._begun, self._following
        if letter is None or following is None or not letter.is_light:
            return False
        if not (following.may_go_on() and self._talk.is_open):
            return False
        taken = self._talk.take(PLAINLY_ONWARD)
        if taken is None:
            return False
        self._begun = None
        self._is_quick = monotonic() - self._written_at < QUICK_ANSWER
        self._dot_written = False
        self.offered += 1
        following.go_on(taken)
        self._end(letter)
        return True

    async def _hear_end(self) -> Result:
        """Return what became of the letter whose dot was written last."""
        taken = await self._talk.plainly(PLAINLY[Wanted.DONE], self._timeouts.dot)
        self._is_quick = monotonic() - self._written_at < QUICK_ANSWER
        if taken is not None:
            self.usable = True
            return plain_acceptance(taken)
        reply = read(await self._talk.answer(self._timeouts.dot))
        result = judge(reply, wanted=Wanted.DONE, stage=SmtpStage.DOT, after_dot=True)
        result = result or Accepted()
        # What was begun behind a mail that was not taken might get an answer meant for that one.
        confused = self._begun is not None and not isinstance(result, Accepted)
        self.usable = not (ends_connection(reply) or confused)
        return result

    async def _judge_early(self) -> Result:
        """It said something in the middle: the rest stays unwritten, the line is given up."""
        early = read(await self._talk.answer(self._timeouts.block))
        self._talk.cut()
        # It is about the message, as an answer to the dot would be.
        verdict = judge(early, wanted=Wanted.GO_AHEAD, stage=SmtpStage.DOT)
        return verdict or self._broken("answered too early")

    def _begin_next(self) -> bytes:
        """Return the commands of the next letter, if they may leave before this one's answer."""
        if self._following is None or not self._door.pipelines or not self._is_quick:
            return b""
        if self.is_spent:
            return b""
        letter = self._following.begin()
        if letter is None or self._find_unfit(letter) is not None:
            return b""
        self._begun = letter
        return self._door.commands(letter)

    @property
    def is_spent(self) -> bool:
        """Whether it has carried as many letters as it should."""
        return self.offered >= self._limit

    def cut(self) -> None:
        """Drop the connection at once, whoever waits for an answer on it."""
        self._talk.cut()

    async def close(self) -> None:
        """Say goodbye on a good line; drop a bad one with whatever was not sent yet."""
        if self.usable and self._begun is None:
            self.usable = False
            with contextlib.suppress(TimeoutError, EOFError):
                self._talk.write(b"QUIT\r\n")
                async with asyncio.timeout(5):
                    await self._talk.answer(self._timeouts.command)
            self._talk.close()
        else:
            self.usable = False
            self._talk.cut()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._talk.ended
