"""A raw message is taken apart for a person who looks at it."""

import pytest

from service.devkit.inbox.mail import MessageLink, parse_message

DIGEST = (
    b"Subject: =?utf-8?q?Le_march=C3=A9?=\n"
    b"List-Unsubscribe: <mailto:u@x.example>, <https://x.example/u/\n  abc>\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"
    b"Content-Type: multipart/alternative; boundary=b\n\n"
    b"--b\nContent-Type: text/plain; charset=utf-8\n\nBonjour Awa\n"
    b"--b\nContent-Type: text/html; charset=iso-8859-1\n\n"
    b"<html><head><title>T</title><style>a{}</style></head><body>\n"
    b"<p>D\xe9j\xe0 vu</p><a href='https://x.example/a'>Lire <b>la suite</b></a><a>rien</a>\n"
    b"</body></html>\n--b--\n"
)


def test_a_digest_has_its_parts_its_links_and_its_first_words() -> None:
    mail = parse_message(DIGEST)

    assert mail.header("SUBJECT") == "Le marché"
    assert mail.header("x-none") == ""
    assert mail.text.strip() == "Bonjour Awa"
    assert mail.links == (MessageLink(href="https://x.example/a", text="Lire la suite"),)
    assert mail.preheader.startswith("Déjà vu Lire la suite")


def test_one_click_needs_a_web_address_and_the_header_that_allows_it() -> None:
    without_post = DIGEST.replace(b"List-Unsubscribe-Post", b"X-Other")
    by_mail_only = DIGEST.replace(b"https://x.example/u/", b"mailto:v@x.example?")

    assert parse_message(DIGEST).one_click == "https://x.example/u/abc"
    assert parse_message(without_post).one_click == ""
    assert parse_message(by_mail_only).one_click == ""


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Content-Type: text/plain; charset=none-such\n\nd\xc3\xa9j\xc3\xa0", "déjà"),
        (b"", ""),
        (b"Content-Disposition: attachment\n\nhidden", ""),
    ],
)
def test_a_broken_message_gives_what_can_be_read(raw: bytes, text: str) -> None:
    mail = parse_message(raw)

    assert (mail.text, mail.html, mail.links) == (text, "", ())
