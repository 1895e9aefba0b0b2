"""Mails on disk."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from service.devkit.inbox.mail import parse_message
from service.devkit.inbox.store import MessageQuery, MessageStore

NOON = datetime(2023, 2, 8, 12, 0, tzinfo=UTC)
RAW = (
    b"From: Le Courrier <a@golfe.example>\r\n"
    b"Subject: =?utf-8?q?=C3=89dition?=\r\n du lundi\r\n\r\nBonjour\r\n"
)


def test_mails_are_found_by_address_subject_and_time(tmp_path: Path) -> None:
    store = MessageStore(tmp_path)
    _add(store, "aya@example.org", NOON)
    _add(store, "kofi@example.org", NOON + timedelta(minutes=1))

    assert _found(store, MessageQuery(to="aya@")) == ["aya@example.org"]
    assert _found(store, MessageQuery(subject="édition du lundi")) == [
        "kofi@example.org",
        "aya@example.org",
    ]
    assert _found(store, MessageQuery(since=NOON + timedelta(seconds=1))) == ["kofi@example.org"]
    assert _found(store, MessageQuery(words="KOFI édition")) == ["kofi@example.org"]
    assert _found(store, MessageQuery(after=2)) == []


def test_a_store_opened_again_has_the_same_mails_and_goes_on_counting(tmp_path: Path) -> None:
    before = _add(MessageStore(tmp_path), "aya@example.org", NOON)
    again = MessageStore(tmp_path)
    found = again.get(before)
    after = _add(again, "kofi@example.org", NOON)

    assert found is not None
    assert found[1] == RAW
    assert found[0].subject == "Édition du lundi"
    assert after == before + 1


def test_foreign_and_half_written_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.mail").write_text("hello")
    (tmp_path / "00000007.mail").write_text('{"at": "nonsense"}\n')
    (tmp_path / "00000009.new").write_text("half")

    store = MessageStore(tmp_path)

    assert store.find(MessageQuery(), limit=10) == ([], 0)
    assert (tmp_path / "notes.mail").exists()


def test_only_so_many_mails_are_kept(tmp_path: Path) -> None:
    store = MessageStore(tmp_path, kept=2)
    for number in range(4):
        _add(store, f"reader{number}@example.org", NOON)

    assert _found(store, MessageQuery()) == ["reader3@example.org", "reader2@example.org"]
    assert len(list(tmp_path.glob("*.mail"))) == 2


def test_a_mail_is_taken_apart() -> None:
    mail = parse_message(
        b"Subject: x\nList-Unsubscribe: <mailto:a@b.example>,\n <https://crieur.test/u/abc>\n"
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\nContent-Type: text/html\n\n"
        b"<title>no</title><p>Bonjour <a href='https://x.test/1?a=1&amp;b=2'>l'<b>essentiel</b></a></p>"
    )

    assert mail.one_click == "https://crieur.test/u/abc"
    assert [(link.href, link.text) for link in mail.links] == [
        ("https://x.test/1?a=1&b=2", "l'essentiel")
    ]
    assert mail.preheader.startswith("Bonjour")
    assert mail.header("subject") == "x"


def test_one_click_needs_the_post_header() -> None:
    assert parse_message(b"List-Unsubscribe: <https://crieur.test/u/abc>\n\n").one_click == ""


@given(st.binary(max_size=400))
def test_no_bytes_are_too_broken_to_show(raw: bytes) -> None:
    mail = parse_message(raw)

    assert isinstance(mail.text + mail.html, str)


def _add(store: MessageStore, to: str, at: datetime) -> int:
    return store.add(RAW, sender="b@x.example", recipients=[to], at=at).id


def _found(store: MessageStore, query: MessageQuery) -> list[str]:
    return [mail.recipients[0] for mail in store.find(query, limit=10)[0]]
