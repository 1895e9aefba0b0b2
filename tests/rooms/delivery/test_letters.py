"""The letters of one edition: the same reader always gets the same bytes."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from sqlalchemy import text

from service.delivery.dkim import DkimKeys
from service.delivery.leasing.queries.deliveries import ClaimedDelivery
from service.delivery.letters import Letters, VariantMissingError, preview_letter, seal
from service.delivery.post import Post
from service.delivery.sealed import UNSENDABLE, Sealed
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
    doubts=0,
    wave=0,
    address="Awa@Bücher.example",
    address_key="awa@xn--bcher-kva.example",
)


def written(
    begin: Begin,
    keyring: Keyring,
    edition_id: int,
    reader: ClaimedDelivery = AWA,
    post: Post = POST,
) -> object:
    with begin() as session:
        letters = Letters.load(session, edition_id, keyring=keyring, post=post)
        letters.prepare(session, reader)
    return letters.write(reader)


def test_another_process_and_another_attempt_write_the_same_bytes(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)

    first = written(begin, keyring, issue.edition_id)
    clock.advance(hours=5)
    second = written(begin, keyring, issue.edition_id)

    assert isinstance(first, Sealed)
    assert first == second


def test_every_key_of_the_senders_domain_signs_and_no_other(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, sender_address="matin@News.example")
    keys = (an_rsa_key(), an_ed25519_key(), an_ed25519_key("other.example"))
    post = replace(POST, dkim=DkimKeys(keys))

    letter = written(begin, keyring, issue.edition_id, post=post)
    clock.advance(hours=5)
    again = written(begin, keyring, issue.edition_id, post=post)

    assert isinstance(letter, Sealed)
    assert letter.ready
    assert verdicts(letter.body, keys) == [True, True]
    assert letter == again


def test_an_international_domain_is_written_in_ascii(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)

    letter = written(begin, keyring, issue.edition_id)

    assert isinstance(letter, Sealed)
    assert letter.recipient == "Awa@xn--bcher-kva.example"
    assert letter.body.isascii()
    assert letter.sender.endswith("@bounces.crieur.test")


def test_a_revision_that_nobody_rendered_is_said(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock)

    with pytest.raises(VariantMissingError):
        written(begin, keyring, issue.edition_id, AWA._replace(revision=2))


def test_an_edition_that_does_not_exist_has_no_letters(begin: Begin, keyring: Keyring) -> None:
    with begin() as session, pytest.raises(NotFound):
        Letters.load(session, 404, keyring=keyring, post=POST)


def test_a_preview_is_the_readers_mail_with_links_that_open_nothing(
    begin: Begin, clock: FakeClock
) -> None:
    issue = an_issue(begin, clock, masks=[0b001])
    (address,) = issue.readers

    with begin() as session:
        raw = preview_letter(
            session,
            issue.edition_id,
            settings=Post(public_url="https://crieur.test", bounce_domain="b.test"),
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
        raw = preview_letter(session, issue.edition_id, settings=POST, address=None, now=clock.now)

    assert raw.startswith(b"To: <reader@example.org>")


def test_an_address_with_spaces_is_refused() -> None:
    from service.delivery.compose import Letter, compose

    composed = compose(Letter(head=b"Subject: x\r\n", text="x", html="<p>x"))

    sealed = seal(composed, token="a" * 42, address="a b@c.d", message_id="<a@b>", post=POST)

    assert sealed == UNSENDABLE


def test_a_variant_that_was_dropped_is_joined_again_with_the_same_bytes(
    begin: Begin, clock: FakeClock, keyring: Keyring
) -> None:
    issue = an_issue(begin, clock, masks=[0b001, 0b110, 0b111])
    readers = [AWA._replace(mask=mask) for mask in (0b001, 0b110, 0b111)]
    with begin() as session:
        letters = Letters.load(session, issue.edition_id, keyring=keyring, post=POST)
        for reader in readers:
            letters.prepare(session, reader)
    first = [letters.write(reader) for reader in readers]

    with begin() as session:
        small = Letters.load(session, issue.edition_id, keyring=keyring, post=POST, room=20_000)
        small.prepare(session, readers[0])
        again = [small.write(reader) for reader in (*readers, *readers)]

    assert again == [*first, *first]
    assert len({letter.size for letter in first if isinstance(letter, Sealed)}) == 3


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

    letter = written(begin, keyring, issue.edition_id)

    assert isinstance(letter, Sealed)
    assert letter.body.count(b"Comme avant") == 3
