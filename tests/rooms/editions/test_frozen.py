"""What an edition froze can be read for ever, also what an older version wrote."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.editions.build import content_hash_of
from service.editions.frozen import FrozenArticle, FrozenNewsletter, FrozenText
from service.kit.errors import Invalid

# Written by the version that had plain dictionaries (schema 0016).
STORED: dict[str, Any] = json.loads(Path(__file__).with_name("frozen_edition.json").read_text())

_words = st.text(max_size=20)
_written = st.text(min_size=1, max_size=20)
_instants = st.none() | st.datetimes().map(lambda at: at.replace(tzinfo=UTC))


def _newsletters() -> st.SearchStrategy[FrozenNewsletter]:
    return st.builds(
        FrozenNewsletter,
        **dict.fromkeys(("name", "slug", "locale", "time_zone", "sender_name"), _words),
        sender_address=_words,
        description=_words,
        postal_address=_words,
        **dict.fromkeys(("reply_to", "site_url", "accent_colour"), st.none() | _words),
        text=_texts(),
        second_subject=st.none() | _written,
    )


def _texts() -> st.SearchStrategy[FrozenText]:
    return st.builds(
        FrozenText,
        **dict.fromkeys(("subject", "preheader", "sponsor_url"), st.none() | _written),
        **dict.fromkeys(("introduction", "sign_off", "sponsor_label", "sponsor_text"), _words),
    )


def _articles(**fields: Any) -> st.SearchStrategy[FrozenArticle]:
    return st.builds(
        FrozenArticle,
        **dict.fromkeys(("section", "section_slug", "title", "summary"), _words),
        bit=st.integers(0, 62),
        **dict.fromkeys(("url", "image_url", "image_alt"), st.none() | _words),
        **dict.fromkeys(("authors", "related"), st.lists(_words, max_size=3).map(tuple)),
        **dict.fromkeys(("published", "updated"), _instants),
        publishers_title=st.none() | _words,
        alerted_in=st.none() | st.integers(1),
        **fields,
    )


@given(_newsletters())
def test_a_newsletter_comes_back_as_it_was_stored(newsletter: FrozenNewsletter) -> None:
    assert FrozenNewsletter.from_json(_through_json(newsletter.to_json())) == newsletter


_bodies = st.lists(_words, max_size=3).map(tuple)


@given(
    _articles()
    | _articles(article_id=st.integers(1), body=_bodies)
    | _articles(is_whole=st.just(value=True), body=_bodies)
)
def test_an_article_comes_back_as_it_was_stored(article: FrozenArticle) -> None:
    assert FrozenArticle.from_json(_through_json(article.to_json())) == article


def test_what_an_older_version_stored_is_read_and_keeps_its_hash() -> None:
    newsletter = FrozenNewsletter.from_json(STORED["newsletter"])
    articles = [FrozenArticle.from_json(each) for each in STORED["articles"]]

    assert newsletter.name == "Le Matin"
    assert newsletter.reply_to == "courrier@xn--bcher-kva.example"
    assert articles[0].body == ("Premier alinéa.", "Second alinéa.")
    assert articles[1].published == datetime(2023, 2, 8, 4, tzinfo=UTC)
    again = [each.to_json() for each in articles]
    assert (newsletter.to_json(), again) == (STORED["newsletter"], STORED["articles"])
    assert content_hash_of(newsletter.to_json(), again) == STORED["content_hash"]


@pytest.mark.parametrize("missing", ["reply_to", "postal_address", "site_url", "accent_colour"])
def test_a_newsletter_from_before_a_key_existed_is_read(missing: str) -> None:
    stored = {key: value for key, value in STORED["newsletter"].items() if key != missing}

    assert not getattr(FrozenNewsletter.from_json(stored), missing)


@pytest.mark.parametrize("missing", ["authors", "related", "published", "updated", "image_url"])
def test_an_article_from_before_a_key_existed_is_read(missing: str) -> None:
    stored = {key: value for key, value in STORED["articles"][1].items() if key != missing}

    assert not getattr(FrozenArticle.from_json(stored), missing)


def test_the_second_subject_stands_in_place_of_the_first() -> None:
    """Everything else is what the first one's readers get."""
    newsletter = FrozenNewsletter.from_json(STORED["newsletter"])
    tested = replace(newsletter, second_subject="Le port reprend")

    assert newsletter.with_second_subject() == newsletter
    assert tested.with_second_subject().text.subject == "Le port reprend"
    assert replace(tested.with_second_subject(), text=tested.text) == tested


def test_the_senders_domain_is_what_follows_the_at_sign() -> None:
    newsletter = FrozenNewsletter.from_json(STORED["newsletter"])

    assert replace(newsletter, sender_address='"a@b"@x.example').sender_domain == "x.example"


def test_addresses_that_no_message_can_carry_are_refused() -> None:
    newsletter = FrozenNewsletter.from_json(
        STORED["newsletter"] | {"sender_address": "é@x.example"}
    )

    with pytest.raises(Invalid):
        newsletter.with_plain_addresses()


def _through_json(value: dict[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(json.dumps(value))
    return parsed
