"""Transactional mails are signed as editions are."""

from dataclasses import replace
from email import message_from_bytes

from service.delivery.messages.delivery_token import NoticeDeliveryId, parse_delivery
from service.delivery.messages.dkim import DkimKeys
from service.delivery.notices.send_notice import send_notice
from service.kit.db import Begin
from tests.builders import a_newsletter, a_reader, a_waiting_notice
from tests.conftest import FakeClock
from tests.fakes.relay import Relay
from tests.rooms.delivery.harness import POST, send_deps
from tests.rooms.delivery.signing import an_ed25519_key, an_rsa_key, verdicts


def test_a_confirmation_is_signed_with_the_keys_of_its_sender(
    begin: Begin, clock: FakeClock
) -> None:
    keys = (an_rsa_key("example.org"), an_ed25519_key("example.org"))
    with begin() as session:
        paper = a_newsletter(session, now=clock.now, sender_address="matin@example.org")
        reader = a_reader(session, paper, now=clock.now, address="awa@example.org")
        notice_id = a_waiting_notice(session, reader, now=clock.now)

    with Relay() as relay:
        deps = send_deps(begin, clock, relay.url, mail_identity=replace(POST, dkim=DkimKeys(keys)))
        assert send_notice(notice_id, deps) == "accepted"

    (kept,) = relay.accepted
    assert verdicts(kept.raw, keys) == [True, True]
    ours = message_from_bytes(kept.raw)
    for field in ("X-Crieur-Delivery", "Message-ID"):
        assert parse_delivery(deps.keyring, ours[field]) == NoticeDeliveryId(notice_id=notice_id)
    assert f"t={int(clock.now.timestamp())};".encode() in kept.raw
