"""What we send is what real mail servers deliver: hostile words, byte by byte, still signed.

200 mails for each server; WIRE_N asks for more (`make wire N=20000`).
"""

import asyncio
import os
import random
import re
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import pytest

from service.audience import reader_token
from service.delivery.messages.compose import compose
from service.delivery.messages.dkim import DkimSigning
from service.delivery.messages.dkim_record import txt_record
from service.delivery.messages.mail_identity import MailIdentity
from service.delivery.messages.personal_copy import compose_for
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.delivery.smtp.relay import Relay
from service.delivery.smtp.relay_connection import RelayConnection
from service.delivery.smtp.relay_pool import RelayPool
from service.delivery.smtp.replies import MessageAccepted, parse_acceptance
from service.kit.tokens import Keyring
from tests.rooms.delivery.signing import an_ed25519_key, an_rsa_key, verdicts
from tests.wire.hostile import AT, HOLE, SENDER_DOMAIN, Hostile, make_hostile
from tests.wire.mta import (
    EXIM,
    OPENSMTPD,
    PATIENCE,
    POSTFIX,
    RECIPIENT,
    Running,
    Server,
    enter,
    run,
    why_not,
)

COUNT = int(os.environ.get("WIRE_N", "200"))  # noqa: TID251  Only the tests read it.
CONNECTIONS = 4
SERVERS = (POSTFIX, EXIM, OPENSMTPD)
KEYS = (an_rsa_key(SENDER_DOMAIN), an_ed25519_key(SENDER_DOMAIN))
POST = MailIdentity(public_url=f"https://{SENDER_DOMAIN}", bounce_domain=f"bounces.{SENDER_DOMAIN}")
KEYRING = Keyring(["0123456789abcdef0123456789abcdef"])
TOKEN = reader_token.reader_token_signer(KEYRING, newsletter_id=3, edition_id=17)
# A verifier takes 20 ms for a mail, and all bytes of the others are compared too.
CHECKED = min(COUNT, 200)

pytestmark = pytest.mark.timeout(120 + COUNT)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users may enter, which pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="crieur-wire-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)
async def test_hostile_messages_arrive_as_they_were_written(server: Server, folder: Path) -> None:
    reason = why_not(server.binary, server.package)
    if reason:
        pytest.skip(reason)
    sent = _all_sealed()

    with run(server, folder) as running:
        results = await _send(running.port, sent)
        await _wait_for(running, COUNT)
        mails = running.mails()

    assert [result for result in results if not isinstance(result, MessageAccepted)] == []
    arrived = {_number_of(mail): mail for mail in mails}
    assert sorted(arrived) == list(range(COUNT))
    assert len(mails) == COUNT
    for number, mail in arrived.items():
        assert mail.endswith(sent[number].body.replace(b"\r\n", b"\n"))
        _assert_reads_as(make_hostile(number), mail)
    for number in random.Random(1).sample(range(COUNT), CHECKED):
        raw = arrived[number].replace(b"\n", b"\r\n")
        assert verdicts(raw, KEYS) == [True, True], number


def test_opendkim_verifies_our_signatures(folder: Path) -> None:
    reason = why_not("/usr/sbin/opendkim", "opendkim")
    if reason:
        pytest.skip(reason)
    for number in range(CHECKED):
        (folder / f"{number}.eml").write_bytes(_seal(make_hostile(number)).body)
    records = "".join(f"{key.name} {txt_record(key)}\n" for key in KEYS)
    (folder / "dns").write_text(records)
    (folder / "conf").write_text(f"Mode v\nSyslog no\nTestDNSData file:{folder}/dns\n")
    names = ",".join(str(folder / f"{number}.eml") for number in range(CHECKED))

    process = enter(
        folder,
        ["/usr/sbin/opendkim", "-vvv", "-x", str(folder / "conf"), "-t", names],
        output=subprocess.PIPE,
        errors=subprocess.PIPE,
    )
    said, trace = process.communicate(timeout=PATIENCE * 2)

    assert process.returncode == 0, trace.decode()[-1000:]
    for algorithm in (b"rsa-sha256", b"ed25519-sha256"):
        passed = rb"dkim=pass[^;]*header\.a=" + algorithm
        assert len(re.findall(passed, said)) == CHECKED


@cache
def _all_sealed() -> Sequence[OutgoingMessage]:
    return [_seal(make_hostile(number)) for number in range(COUNT)]


def _seal(hostile: Hostile) -> OutgoingMessage:
    composed = compose(hostile.message, signing=DkimSigning(keys=KEYS, at=AT))
    sealed = compose_for(
        composed,
        token=TOKEN(hostile.number),
        address=RECIPIENT,
        message_id=f"<{hostile.number}.wire@{SENDER_DOMAIN}>",
        mail_identity=POST,
    )
    assert isinstance(sealed, OutgoingMessage)
    assert sealed.ready
    return sealed


async def _send(port: int, messages: Sequence[OutgoingMessage]) -> list[object]:
    """Hand all over as a worker does: on several connections, pipelined where that is offered."""
    relay_pool = RelayPool([Relay.parse(f"smtp://127.0.0.1:{port}?starttls=never")])
    rows = [_Row(messages[number::CONNECTIONS]) for number in range(CONNECTIONS)]
    await asyncio.gather(
        *(row.go_over(RelayConnection(relay_pool, sender_domain=SENDER_DOMAIN)) for row in rows)
    )
    return [result for row in rows for result in row.results]


class _Row:
    """Messages one behind the other on one connection, and what became of each."""

    def __init__(self, messages: Sequence[OutgoingMessage]) -> None:
        self.results: list[object] = []
        self._waiting = list(reversed(messages))

    def begin(self) -> OutgoingMessage | None:
        return self._waiting[-1] if self._waiting else None

    def may_advance(self) -> bool:
        return True

    def advance(self, taken: bytes) -> None:
        self._waiting.pop()
        self.results.append(parse_acceptance(taken))

    def prefetch(self) -> None:
        pass

    async def go_over(self, connection: RelayConnection) -> None:
        try:
            while self._waiting:
                self.results.append(
                    await connection.send_message(self._waiting.pop(), pipeline=self)
                )
        finally:
            await connection.close()


async def _wait_for(running: Running, count: int) -> None:
    """Wait until the server has delivered so many, or nothing more for a while."""
    still = 0.0
    known = running.count()
    while known < count and still < PATIENCE:
        await asyncio.sleep(0.1)
        now = running.count()
        still = 0.0 if now > known else still + 0.1
        known = now


def _number_of(mail: bytes) -> int:
    found = re.search(rb"^Message-ID: <(\d+)\.wire@", mail, re.MULTILINE)
    assert found
    return int(found[1])


def _assert_reads_as(hostile: Hostile, mail: bytes) -> None:
    message = message_from_bytes(mail, policy=policy.default)
    assert isinstance(message, EmailMessage)
    text, html = message.iter_parts()
    token = TOKEN(hostile.number)
    assert str(message["Subject"]) == _clean(hostile.subject), hostile.number
    assert _read(text) == _canonical(hostile.text).replace(HOLE, token), hostile.number
    assert _read(html) == _canonical(hostile.html).replace(HOLE, token), hostile.number
    assert f"/unsubscribe/{token}" in message["List-Unsubscribe"]
    assert "Bcc" not in message
    ours = [name.lower() for name in message if name.lower() not in {"received", "dkim-signature"}]
    assert len(ours) == len(set(ours)), hostile.number
    assert b"\r" not in mail
    assert b"\x00" not in mail
    assert max(map(len, mail.split(b"\n"))) <= 998


def _read(part: object) -> str:
    assert isinstance(part, EmailMessage)
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def _canonical(words: str) -> str:
    ends = re.sub(r"\r\n?", "\n", words)
    return ends.encode("utf-8", "replace").decode()


def _clean(text: str) -> str:
    spaced = "".join(
        " " if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} else sign for sign in text
    )
    return re.sub(r" {2,}", " ", spaced).strip()
