"""How a message's text is read off the wire: in large pieces, whatever its lines are like.

aiosmtpd reads line by line. Five megabytes of empty lines are millions of steps of Python, and
while they last no other client is answered: six such messages kept all others waiting for ten
seconds.
"""

import asyncio
from typing import Any

_END = b"\r\n.\r\n"
_ALL = 1 << 30

TOO_LARGE = "552 Error: Too much mail data"


async def read_mail(reader: asyncio.StreamReader, *, limit: int) -> bytes | None:
    """Return a message without its transparency dots (RFC 5321, section 4.5.2); None is too large.

    Only CR LF . CR LF ends it: what else some servers take for an end may hide a second message in
    it. What has come after the end stays with the reader.
    """
    # The end of the command's own line: a lone dot may follow it immediately.
    read, looked_at, is_too_large = bytearray(b"\r\n"), 0, False
    while (end := read.find(_END, looked_at)) < 0:
        if len(read) > limit + len(_END):
            is_too_large = True
            del read[: 1 - len(_END)]
        looked_at = max(0, len(read) - len(_END) + 1)
        read += await _more(reader)
    reader.feed_data(bytes(read[end + len(_END) :]))
    mail = bytes(read[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]
    return None if is_too_large or len(mail) > limit else mail


async def _more(reader: asyncio.StreamReader) -> bytes:
    got = await reader.read(_ALL)
    if not got:
        # aiosmtpd ends the conversation when the client does; this is for any other caller.
        raise asyncio.IncompleteReadError(b"", None)
    return got


class ChunkedDataMixin:
    """DATA for aiosmtpd's protocol, mixed into it."""

    envelope: Any
    data_size_limit: int
    _reader: asyncio.StreamReader

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  aiosmtpd calls it by this name.
        """Read a message and ask the handler what to say of it."""
        if await self.check_helo_needed():  # type: ignore[attr-defined]  # aiosmtpd's.
            return
        if refusal := self._why_not_now(arg):
            await self._reply(refusal)
            return
        await self._reply("354 End data with <CR><LF>.<CR><LF>")
        mail = await read_mail(self._reader, limit=self.data_size_limit)
        self.envelope.content = self.envelope.original_content = mail
        status = TOO_LARGE if mail is None else await self._asked()
        self._set_post_data_state()  # type: ignore[attr-defined]  # aiosmtpd's.
        await self._reply(status)

    def _why_not_now(self, arg: str) -> str | None:
        if not self.envelope.rcpt_tos:
            return "503 Error: need RCPT command"
        return "501 Syntax: DATA" if arg else None

    async def _asked(self) -> str:
        return str(await self._call_handler_hook("DATA"))  # type: ignore[attr-defined]  # aiosmtpd's.

    async def _reply(self, status: str) -> None:
        await self.push(status)  # type: ignore[attr-defined]  # aiosmtpd's.
