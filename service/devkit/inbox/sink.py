"""An SMTP server that takes every mail for everybody, on this machine only."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from service.devkit.inbox.store import MessageStore
from service.kit.clock import Clock

HOST = "127.0.0.1"


class _Handler:
    def __init__(self, store: MessageStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def handle_DATA(  # noqa: N802 -- aiosmtpd looks for this name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        sender = envelope.mail_from or ""
        try:
            mail = self._store.add(
                raw,
                sender="" if sender == "<>" else sender,
                recipients=[str(recipient) for recipient in envelope.rcpt_tos],
                at=self._clock(),
            )
        except OSError as error:
            return f"452 4.3.1 cannot keep the mail: {error.strerror or 'no space'}"
        return f"250 2.0.0 kept as {mail.id}"


@contextmanager
def listening(store: MessageStore, *, port: int, clock: Clock) -> Iterator[None]:
    """Take messages on this port while the body runs."""
    controller = Controller(
        _Handler(store, clock),
        hostname=HOST,
        port=port,
        server_hostname="inbox.localhost",
        ident="Crieur development inbox",
        enable_SMTPUTF8=True,
        data_size_limit=50_000_000,
    )
    controller.start()
    try:
        yield
    finally:
        controller.stop()
