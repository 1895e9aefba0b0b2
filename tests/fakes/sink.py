"""A relay that takes every mail and keeps it: a real SMTP server on a free port."""

import socket
from asyncio import Server
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One mail as it stood on the wire."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """The mail, parsed by the standard library."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


class FreePort(Controller):
    """aiosmtpd's controller, patient, and able to listen on whatever port is free."""

    def __init__(self, handler: object, **options: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=0, ready_timeout=PATIENCE, **options)

    def _trigger_server(self) -> None:
        """Visit the server once, as aiosmtpd wants, and stay until it greets.

        aiosmtpd leaves after a second. A visit whose visitor has gone before its first step would
        never be closed.
        """
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        with socket.create_connection((self.hostname, self.port), PATIENCE) as visitor:
            visitor.recv(1024)


class Sink:
    """Use as a context manager; `messages` fills while it runs."""

    def __init__(self) -> None:
        self.messages: list[Taken] = []
        self._controller = FreePort(self)

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._controller.port)

    async def handle_DATA(  # noqa: N802  aiosmtpd chooses the name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail once per recipient."""
        content = envelope.content
        assert isinstance(content, bytes)
        for recipient in envelope.rcpt_tos:
            self.messages.append(
                Taken(sender=envelope.mail_from or "", recipient=recipient, raw=content)
            )
        return "250 taken"

    def to(self, address: str) -> list[Taken]:
        """Return the mails for one address, oldest first."""
        return [message for message in self.messages if message.recipient == address]

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
