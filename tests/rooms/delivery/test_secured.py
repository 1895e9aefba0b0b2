"""A relay that wants encryption and a login: aiosmtpd with STARTTLS and AUTH."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from service.delivery.smtp.envelope_phase import SmtpTimeouts
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.relay import Relay, RelayUnreachable
from service.delivery.smtp.relay_connection import RelayConnection
from service.delivery.smtp.relay_pool import RelayPool
from service.delivery.smtp.replies import MessageAccepted, MessageDeferred, TransactionResult
from tests.fakes.sink import FreePort

TLS = Path(__file__).parents[2] / "data" / "tls"
PATIENCE = SmtpTimeouts(connect=30, command=30, data=30, block=30, dot=30)


class Guarded(FreePort):
    """Takes mail only over TLS; remembers who had logged in."""

    def __init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
        self.taken: list[tuple[bool, bool, bytes]] = []
        super().__init__(
            self,
            require_starttls=True,
            tls_context=context,
            authenticator=self.check,
            auth_require_tls=True,
        )

    def check(self, _server: Any, _session: Any, _envelope: Any, _how: str, login: Any) -> Any:
        return AuthResult(success=login.password == b"p:w", handled=False)

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd chooses the name.
        self.taken.append((session.ssl is not None, bool(session.authenticated), envelope.content))
        return "250 taken"


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    controller = Guarded()
    controller.start()
    yield controller
    controller.stop()


async def offer(url: str, *bodies: bytes) -> list[TransactionResult | RelayUnreachable]:
    connection = RelayConnection(
        RelayPool([Relay.parse(url, helo="crieur.test")]),
        sender_domain="crieur.test",
        timeouts=PATIENCE,
    )
    try:
        return [
            await connection.send_message(
                OutgoingMessage(
                    sender="b@bounces.test", recipient="awa@example.org", segments=(body,)
                )
            )
            for body in bodies
        ]
    finally:
        await connection.close()


async def test_mail_goes_encrypted_where_that_is_offered(guarded: Guarded) -> None:
    bodies = [b"Subject: %d\r\n\r\n" % size + b"x" * 70 * size + b"\r\n" for size in (0, 1, 14)]
    large = b"Subject: x\r\n\r\n" + (b"y" * 76 + b"\r\n") * 10_000

    results = await offer(f"smtp://127.0.0.1:{guarded.port}", *bodies[:2], large, bodies[0])

    assert [type(result) for result in results] == [MessageAccepted] * 4
    assert [mail[:2] for mail in guarded.taken] == [(True, False)] * 4
    assert guarded.taken[2][2] == large


async def test_a_login_is_made_over_the_encrypted_connection(guarded: Guarded) -> None:
    # The certificate is nobody's, so only a connection that does not insist on it gets through.
    url = f"smtp://user:p%3Aw@127.0.0.1:{guarded.port}?starttls=if-offered"

    results = await offer(url, b"Subject: x\r\n\r\nx\r\n")

    assert [type(result) for result in results] == [MessageAccepted]
    assert guarded.taken[0][:2] == (True, True)


async def test_a_wrong_password_is_unreachable_and_never_told(guarded: Guarded) -> None:
    url = f"smtp://user:wr0ng@127.0.0.1:{guarded.port}?starttls=if-offered"

    (result,) = await offer(url, b"Subject: x\r\n\r\nx\r\n")

    assert isinstance(result, RelayUnreachable)
    assert "refused the login" in str(result.reason)
    assert "wr0ng" not in str(result.reason)


async def test_a_required_encryption_insists_on_a_certificate_that_can_be_checked(
    guarded: Guarded,
) -> None:
    (result,) = await offer(
        f"smtp://127.0.0.1:{guarded.port}?starttls=required", b"Subject: x\r\n\r\nx\r\n"
    )

    assert isinstance(result, RelayUnreachable)
    assert "certificate" in str(result.reason)


@pytest.mark.parametrize(
    ("url", "reason", "advice"),
    [
        (
            "smtp://127.0.0.1:{}?starttls=required",
            "certificate is not trusted: self",
            "trust its issuer",
        ),
        ("smtps://127.0.0.1:{}", "does not speak TLS from the first byte", "write smtp://"),
        ("smtp://user:no@127.0.0.1:{}?starttls=if-offered", "login: 535 5.7.8 ", "user and pass"),
    ],
)
async def test_what_tls_and_login_meet_comes_with_what_to_do(
    guarded: Guarded, url: str, reason: str, advice: str
) -> None:
    (result,) = await offer(url.format(guarded.port), b"Subject: x\r\n\r\nx\r\n")

    assert isinstance(result, RelayUnreachable)
    assert reason in str(result.reason)
    assert advice in str(result.advice)
    assert "_ssl.c" not in str(result.reason)


async def test_a_relay_that_wants_encryption_defers_who_does_not(guarded: Guarded) -> None:
    (result,) = await offer(
        f"smtp://127.0.0.1:{guarded.port}?starttls=never", b"Subject: x\r\n\r\nx\r\n"
    )

    assert isinstance(result, MessageDeferred)
    assert not guarded.taken
