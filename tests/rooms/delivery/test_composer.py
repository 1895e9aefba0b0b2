"""The messages of one edition: the same reader always gets the same bytes."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from sqlalchemy import text

from service.delivery.composer import (
    MessageComposer,
    VariantMissingError,
    preview_message,
)
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.messages.delivery_token import EditionDeliveryId, parse_delivery
from service.delivery.messages.dkim import DkimKeys
from service.delivery.messages.mail_identity import MailIdentity
from service.delivery.smtp.outgoing_message import OutgoingMessage
from service.kit.db import Begin
from service.kit.errors import NotFound
from service.kit.tokens import Keyring
from service.rendering.tables import Rendition
from tests.conftest import FakeClock
from tests.rooms.delivery.harness import POST, an_issue
from tests.rooms.delivery.signing import an_ed25519_key, an_rsa_key, verdicts

AWA = ClaimedDelivery(
    subscriber_id=7,
    mask=0b111,
    attempts=1,
    ambiguous_attempts=0,
    wave=0,
    address="Awa@Bücher.example",
    address_key="awa@xn--bcher-kva.example",
)


def written(
    begin: Begin,
    keyring: Keyring,
    edition_id: int,
    reader: ClaimedDelivery = AWA,
    mail_identity: MailIdentity = POST,
) -> object:
    with begin() as session:
        composer = MessageComposer.load(
            session, edition_id, keyring=keyring, mail_identity=mail_identity
        )
        composer.prepare(session, reader)
    return composer.compose(reader)


def test_another_process_and_another_attempt_write_the_same_bytes(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)

    first = written(begin, keyring, issue.edition_id)
    clock.advance(hours=5)
    second = written(begin, keyring, issue.edition_id)

    assert isinstance(first, OutgoingMessage)
    assert first == second


def test_the_header_and_the_message_id_lead_back_to_the_delivery(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)

    message = written(begin, keyring, issue.edition_id)

    assert isinstance(message, OutgoingMessage)
    mail = message_from_bytes(message.body, policy=policy.default)
    expected = EditionDeliveryId(edition_id=issue.edition_id, subscriber_id=AWA.subscriber_id)
    assert parse_delivery(keyring, str(mail["X-Crieur-Delivery"])) == expected
    assert parse_delivery(keyring, str(mail["Message-ID"])) == expected
    assert "awa" not in f"{mail['X-Crieur-Delivery']}{mail['Message-ID']}".lower()


def test_every_key_of_the_senders_domain_signs_and_no_other(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, sender_address="matin@News.example")
    keys = (an_rsa_key(), an_ed25519_key(), an_ed25519_key("other.example"))
    mail_identity = replace(POST, dkim=DkimKeys(keys))

    message = written(begin, keyring, issue.edition_id, mail_identity=mail_identity)
    clock.advance(hours=5)
    again = written(begin, keyring, issue.edition_id, mail_identity=mail_identity)

    assert isinstance(message, OutgoingMessage)
    assert message.ready
    assert verdicts(message.body, keys) == [True, True]
    assert message == again


def test_a_revision_that_nobody_rendered_is_said(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)

    with pytest.raises(VariantMissingError):
        written(begin, keyring, issue.edition_id, AWA._replace(revision=2))


def test_an_edition_that_does_not_exist_has_no_messages(begin: Begin, keyring: Keyring) -> None:
    with begin() as session, pytest.raises(NotFound):
        MessageComposer.load(session, 404, keyring=keyring, mail_identity=POST)


def test_a_preview_is_the_readers_mail_with_links_that_open_nothing(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[0b001])
    (address,) = issue.readers

    with begin() as session:
        raw = preview_message(
            session,
            issue.edition_id,
            settings=MailIdentity(public_url="https://crieur.test", bounce_domain="b.test"),
            address=address,
            now=clock.now,
        )

    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["To"] == address
    assert "https://crieur.test/unsubscribe/preview" in mail["List-Unsubscribe"]
    assert b"Politique" in raw
    assert b"Culture" not in raw


def test_an_edition_can_be_previewed_before_the_freeze(begin: Begin, clock: FakeClock) -> None:
    from service.editions import build

    issue = an_issue(begin, clock, produced=False)
    with begin() as session:
        build.select_articles(session, issue.edition_id, now=clock.now)

    with begin() as session:
        raw = preview_message(session, issue.edition_id, settings=POST, address=None, now=clock.now)

    assert raw.startswith(b"To: <reader@example.org>")


def test_a_variant_that_was_dropped_is_joined_again_with_the_same_bytes(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[0b001, 0b110, 0b111])
    readers = [AWA._replace(mask=mask) for mask in (0b001, 0b110, 0b111)]
    with begin() as session:
        composer = MessageComposer.load(
            session, issue.edition_id, keyring=keyring, mail_identity=POST
        )
        for reader in readers:
            composer.prepare(session, reader)
    first = [composer.compose(reader) for reader in readers]

    with begin() as session:
        small = MessageComposer.load(
            session, issue.edition_id, keyring=keyring, mail_identity=POST, room=20_000
        )
        small.prepare(session, readers[0])
        again = [small.compose(reader) for reader in (*readers, *readers)]

    assert again == [*first, *first]
    assert len({message.size for message in first if isinstance(message, OutgoingMessage)}) == 3


def test_an_edition_from_before_there_were_parts_goes_on_with_its_renditions(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)
    with begin() as session:
        session.execute(text("DELETE FROM part"))
        session.add(
            Rendition(
                edition_id=issue.edition_id,
                mask=0b111,
                subject="Comme avant",
                html="<p>Comme avant crieurtokenx</p>",
                text="Comme avant crieurtokenx",
                placeholder="crieurtokenx",
                warnings=[],
                rendered_at=clock.now,
            )
        )

    message = written(begin, keyring, issue.edition_id)

    assert isinstance(message, OutgoingMessage)
    assert message.body.count(b"Comme avant") == 3
