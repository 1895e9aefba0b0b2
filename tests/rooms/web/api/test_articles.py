"""The publisher's system tells what was published, updated and withdrawn."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from service.accounts import api_keys, audit
from service.articles import find
from service.boot import Runtime, build_runtime
from service.config import Settings
from service.kit.clock import Clock
from service.web.app import make_app

ADDRESS = "/api/v1/events/articles"
SECRET = "un secret partagé avec le site"
ARTICLE: dict[str, Any] = {
    "id": "courrier-77",
    "url": "https://courrier.example/culture/festival",
    "title": "Le festival des masques ouvre à Ouidah",
    "section": "Culture",
    "summary": "<p>Trois jours de danses &amp; de contes.</p>",
    "body": "<p>La place est pleine.</p><p>Les tambours commencent à midi.</p>",
    "authors": ["Awa Diop"],
    "language": "fr",
    "published_at": "2023-02-08T05:30:00",
    "image": {"url": "https://courrier.example/m.jpg", "alt": "Un masque"},
}


@pytest.fixture
def wired(settings: Settings, clock: Clock) -> Iterator[Runtime]:
    built = build_runtime(
        settings.model_copy(update={"events_secret": SecretStr(SECRET)}), clock=clock
    )
    yield built
    built.close()


@pytest.fixture
def client(wired: Runtime) -> Iterator[TestClient]:
    with TestClient(make_app(wired)) as opened:
        yield opened


@pytest.fixture
def bearer(wired: Runtime) -> dict[str, str]:
    with wired.begin() as session:
        key = api_keys.create_key(
            session, name="site", scopes=[api_keys.ApiKeyScope.EVENTS], now=wired.clock()
        )
    return {"Authorization": f"Bearer {key}"}


def event(kind: str, **changes: Any) -> dict[str, Any]:
    return {"type": kind, "article": {**ARTICLE, **changes}}


def test_a_published_article_is_stored(
    client: TestClient, wired: Runtime, bearer: dict[str, str]
) -> None:
    answer = client.post(ADDRESS, json={"events": [event("published")]}, headers=bearer)

    assert answer.status_code == 200
    result = answer.json()["results"][0]
    assert result["state"] == "new"
    with wired.begin() as session:
        article = find.get_article(session, result["id"])
    assert article.summary == "Trois jours de danses & de contes."
    assert article.body == ["La place est pleine.", "Les tambours commencent à midi."]
    assert article.section_key == "culture"
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2023-02-08T05:30:00+00:00"


def test_unknown_fields_are_named_and_break_nothing(
    client: TestClient, bearer: dict[str, str]
) -> None:
    """A publisher who misplaces `breaking` alerts no one, and should know."""
    told = event("published", colour="red", image={"url": "https://e.example/i.jpg", "dpi": 300})

    answer = client.post(ADDRESS, json={**told, "breaking": True}, headers=bearer)

    [result] = answer.json()["results"]
    assert result["state"] == "new"
    assert result["ignored"] == ["breaking", "article.colour", "article.image.dpi"]


def test_categories_and_tags_are_stored_as_those_of_feeds(
    client: TestClient, wired: Runtime, bearer: dict[str, str]
) -> None:
    """Systems send them as names, as objects, or as numbers of their own, which say nothing."""
    told = event(
        "published",
        section=None,
        categories=["Afrique > Bénin", {"name": "Culture"}, 12],
        tags="Ouidah",
    )

    [result] = client.post(ADDRESS, json=told, headers=bearer).json()["results"]

    with wired.begin() as session:
        article = find.get_article(session, result["id"])
    assert (result["ignored"], list(article.tags)) == ([], ["Ouidah"])
    assert list(article.categories) == ["Afrique > Bénin", "Afrique", "Bénin", "Culture"]
    assert article.section_key == "afrique"


def test_one_event_may_be_about_anything_also_about_events(
    client: TestClient, bearer: dict[str, str]
) -> None:
    told = event("published", section="events", title='Un titre avec "events"')

    answer = client.post(ADDRESS, json=told, headers=bearer)

    assert (answer.status_code, answer.json()["results"][0]["state"]) == (200, "new")


def test_events_may_be_repeated_and_overtaken(client: TestClient, bearer: dict[str, str]) -> None:
    newer = event("updated", title="Nouveau titre", updated_at="2023-02-08T07:00:00Z")
    older = event("updated", title="Ancien titre", updated_at="2023-02-08T06:00:00Z")

    answer = client.post(
        ADDRESS,
        json={"events": [event("published"), event("published"), newer, newer, older]},
        headers=bearer,
    )

    states = [result["state"] for result in answer.json()["results"]]
    assert states == ["new", "unchanged", "revised", "unchanged", "unchanged"]


def test_a_withdrawn_article_stays_so(client: TestClient, bearer: dict[str, str]) -> None:
    events = [event("published"), event("withdrawn"), event("published")]

    answer = client.post(ADDRESS, json={"events": events}, headers=bearer)

    states = [result["state"] for result in answer.json()["results"]]
    assert states == ["new", "withdrawn", "withdrawn"]


def test_withdrawing_the_unknown_is_no_error(client: TestClient, bearer: dict[str, str]) -> None:
    answer = client.post(ADDRESS, json=event("withdrawn"), headers=bearer)

    assert answer.status_code == 200
    assert answer.json() == {
        "results": [{"id": None, "state": "unknown", "ignored": []}],
        "alerts": [],
    }


def signed(body: bytes, moment: int, secret: str = SECRET) -> dict[str, str]:
    code = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Crieur-Signature": f"t={moment},v1={code}"}


def test_a_signed_body_needs_no_key(client: TestClient, wired: Runtime) -> None:
    body = json.dumps([event("published")]).encode()
    moment = int(wired.clock().timestamp())

    answer = client.post(ADDRESS, content=body, headers=signed(body, moment))

    assert answer.status_code == 200


@pytest.mark.parametrize("fault", ["none", "wrong", "old", "other body", "wrong key", "nonsense"])
def test_without_key_or_signature_nothing_is_taken(
    client: TestClient, wired: Runtime, fault: str
) -> None:
    body = json.dumps(event("published")).encode()
    moment = int(wired.clock().timestamp())
    old = int((wired.clock() - timedelta(hours=1)).timestamp())
    headers = {
        "none": {},
        "wrong": signed(body, moment, secret="autre"),
        "old": signed(body, old),
        "other body": signed(b"{}", moment),
        "wrong key": {"Authorization": "Bearer crieur_inconnu"},
        "nonsense": {"X-Crieur-Signature": "t=,v1"},
    }[fault]

    answer = client.post(ADDRESS, content=body, headers=headers)

    assert answer.status_code == 401
    with wired.begin() as session:
        assert not find.list_articles(session).rows


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "events"),
        (b'{"events": [{"type": "exploded", "article": {}}]}', "events.0.type"),
        (b'{"type": "published", "article": {"id": "1"}}', "headline"),
        (b'{"type": "published", "article": {"title": "Un titre"}}', "id or a web address"),
        (b'{"type": "published", "article": {"title": 7, "id": "1"}}', "article.title"),
        (
            b'{"type":"published","article":{"id":"1","title":"x","published_at":"hier"}}',
            "published",
        ),
    ],
)
def test_a_malformed_event_gets_one_sentence(
    client: TestClient, bearer: dict[str, str], body: bytes, said: str
) -> None:
    answer = client.post(ADDRESS, content=body, headers=bearer)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_one_malformed_event_takes_none(
    client: TestClient, wired: Runtime, bearer: dict[str, str]
) -> None:
    answer = client.post(
        ADDRESS, json={"events": [event("published"), event("published", title="")]}, headers=bearer
    )

    assert answer.status_code == 422
    with wired.begin() as session:
        assert not find.list_articles(session).rows


@pytest.mark.parametrize(
    ("told", "authors"),
    [
        ({"id": 4711, "authors": "Awa Diop"}, ["Awa Diop"]),
        ({"id": 4711, "authors": [{"name": "Awa Diop"}, "Marie Sow"]}, ["Awa Diop", "Marie Sow"]),
        ({"authors": None, "body": None, "related": None, "image": None}, []),
        ({"published_at": "", "updated_at": None, "authors": {"name": "Awa Diop"}}, ["Awa Diop"]),
        ({"published_at": 1675834200000, "authors": []}, []),
    ],
)
def test_systems_of_other_types_are_understood(
    client: TestClient,
    wired: Runtime,
    bearer: dict[str, str],
    told: dict[str, Any],
    authors: list[str],
) -> None:
    answer = client.post(ADDRESS, json=event("published", **told), headers=bearer)

    assert answer.status_code == 200
    with wired.begin() as session:
        article = find.get_article(session, answer.json()["results"][0]["id"])
    assert article.authors == authors
    assert article.title == ARTICLE["title"]


def test_odd_characters_do_no_harm(client: TestClient, bearer: dict[str, str]) -> None:
    odd = event("published", id="a\x00b", title="Un\x00 titre", section="\x00", language="f\x00")

    answer = client.post(ADDRESS, json=odd, headers=bearer)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"section": "events"}, {"title": '"events"'}, {"id": "events"}, {"related": ["events"]}],
)
def test_one_event_by_itself_may_speak_of_events(
    client: TestClient, bearer: dict[str, str], changes: dict[str, Any]
) -> None:
    answer = client.post(ADDRESS, json=event("published", **changes), headers=bearer)

    assert answer.status_code == 200
    assert [each["state"] for each in answer.json()["results"]] == ["new"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 100_000, b"NaN", b"7", b"null", b"\xff", b'{"a":1e999}']
)
def test_what_is_no_event_gets_a_sentence(
    client: TestClient, bearer: dict[str, str], body: bytes
) -> None:
    answer = client.post(ADDRESS, content=body, headers=bearer)

    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_calls_are_in_the_audit_trail_on_a_line_an_hour(
    client: TestClient, wired: Runtime, bearer: dict[str, str]
) -> None:
    for _ in range(3):
        client.post(ADDRESS, json=event("published"), headers=bearer)
        client.post(ADDRESS, json=event("published"), headers={"Authorization": "Bearer no"})

    with wired.begin() as session:
        trail = [(each.event, each.facts) for each in audit.recent_entries(session)]
    assert trail == [
        ("api.refused", {"network": "unknown", "times": 3}),
        ("api.called", {"key_id": 1, "network": "unknown", "times": 3}),
    ]


@pytest.mark.parametrize("field", ["authors", "related", "body"])
def test_a_million_mistakes_are_told_by_the_first(
    client: TestClient, bearer: dict[str, str], field: str
) -> None:
    many = ",".join("1" * 1_000_000)
    event = f'{{"type": "published", "article": {{"id": "a", "title": "b", "{field}": [{many}]}}}}'
    began = time.process_time()

    answered = client.post(ADDRESS, content=event, headers=bearer)

    assert answered.status_code == 422
    assert f"article.{field}" in answered.json()["detail"]
    assert time.process_time() - began < 3


@pytest.mark.parametrize("field", ["authors", "related", "body"])
def test_more_than_any_article_has_is_refused(
    client: TestClient, bearer: dict[str, str], field: str
) -> None:
    event = {"type": "published", "article": {**ARTICLE, field: ["a"] * 10_001}}

    answered = client.post(ADDRESS, json=event, headers=bearer)

    assert answered.status_code == 422
    assert "at most" in answered.json()["detail"]
