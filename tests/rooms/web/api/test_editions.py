"""A publisher's system prepares the coming edition, as an editor does in the console."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.accounts import api_keys, operators
from service.accounts.api_keys import ApiKeyScope
from service.accounts.roles import Role
from service.boot import Runtime
from service.delivery.guard import sending_guard
from service.editions import build, curate
from service.editions.curate import Editor
from service.editions.find import get_edition
from service.editions.lifecycle import EditionState
from service.web.app import make_app
from tests.audit_trail import audited
from tests.coming_edition import a_coming_edition_at


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    with TestClient(make_app(runtime)) as opened:
        yield opened


class System:
    """The publisher's system, with a key."""

    def __init__(
        self, client: TestClient, runtime: Runtime, *scopes: ApiKeyScope, owner: int | None = None
    ) -> None:
        with runtime.begin() as session:
            secret = api_keys.create_key(
                session,
                name="rédaction",
                scopes=scopes or [ApiKeyScope.WRITE_EDITIONS],
                now=runtime.clock(),
                operator_id=owner,
            )
        self._client = client
        self._bearer = {"Authorization": f"Bearer {secret}"}

    def call(
        self, method: str, path: str, body: object = None, *, seen: int | str | None = None
    ) -> Any:
        tag = {} if seen is None else {"If-Match": seen if isinstance(seen, str) else f'"{seen}"'}
        return self._client.request(
            method, f"/api/v1{path}", json=body, headers={**self._bearer, **tag}
        )


@pytest.fixture
def system(client: TestClient, runtime: Runtime) -> System:
    return System(client, runtime)


def a_coming_edition(runtime: Runtime, **changes: object) -> tuple[int, dict[str, int]]:
    now = runtime.clock()
    with runtime.begin() as session:
        return a_coming_edition_at(session, now=now, **changes)


def an_editor(runtime: Runtime, name: str) -> int:
    with runtime.begin() as session:
        return operators.add(
            session,
            address=f"{name}@example.org",
            name=name,
            role=Role.OWNER,
            now=runtime.clock(),
        ).id


def test_the_coming_editions_are_listed_and_shown(runtime: Runtime, system: System) -> None:
    """A screen in the newsroom shows what goes out next, and when."""
    draft, ids = a_coming_edition(runtime)

    [listed] = system.call("GET", "/newsletters/le-matin/editions/coming").json()["editions"]
    shown = system.call("GET", f"/editions/{draft}")

    assert (listed["edition"], listed["article_count"], listed["held"]) == (draft, 3, False)
    assert listed["goes_out_at"] == "2023-02-08T07:00:00Z"
    assert [each["id"] for each in shown.json()["articles"]] == list(ids.values())
    assert (shown.headers["etag"], shown.json()["version"]) == ('"0"', 0)


def test_a_system_changes_what_an_editor_could_and_the_trail_names_its_key(
    runtime: Runtime, system: System
) -> None:
    """Each change returns the edition as it is then, with the tag for the next one."""
    draft, ids = a_coming_edition(runtime)
    one, two, match = ids.values()
    here = f"/editions/{draft}"

    changes = [
        system.call("PATCH", here, {"subject": "Ce matin", "sign_off": None}, seen=0),
        system.call(
            "PUT", f"{here}/order", {"section": "politique", "articles": [two, one]}, seen=1
        ),
        system.call("PUT", f"{here}/articles/{one}", {"dropped": True}, seen=2),
        system.call(
            "PUT",
            f"{here}/articles/{match}",
            {"pinned": True, "section": "Politique", "title": "Le match"},
            seen=3,
        ),
    ]

    assert [each.status_code for each in changes] == [200] * 4, [each.text for each in changes]
    assert [each.headers["etag"] for each in changes] == ['"1"', '"2"', '"3"', '"4"']
    told = changes[-1].json()
    assert [(each["section"], each["title"]) for each in told["articles"]] == [
        ("Politique", "Deux"),
        ("Politique", "Le match"),
    ]
    assert told["texts"]["subject"] == "Ce matin"
    assert [each["id"] for each in told["dropped"]] == [one]
    restored = system.call("DELETE", f"{here}/articles/{one}", seen=4).json()
    assert [each["title"] for each in restored["articles"]] == ["Deux", "Le match", "Un"]
    with runtime.begin() as session:
        assert get_edition(session, draft).curated_by is None
    assert audited(runtime.begin) == [
        (f"edition.{event}", {"edition_id": draft, **facts, "key_id": 1})
        for event, facts in [
            ("text_written", {}),
            ("article_moved", {}),
            ("article_dropped", {"article_id": one}),
            ("article_pinned", {"article_id": match}),
            ("article_moved", {"article_id": match}),
            ("article_rewritten", {"article_id": match}),
            ("article_restored", {"article_id": one}),
        ]
    ]


CHANGES: list[tuple[str, str, object]] = [
    ("PATCH", "", {"subject": "Autre"}),
    ("PUT", "/articles/1", {"pinned": True}),
    ("PUT", "/order", {"section": "Politique", "articles": [1]}),
    ("DELETE", "/articles/1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=str)
def test_two_editors_do_not_overwrite_each_other(
    runtime: Runtime, system: System, method: str, path: str, body: object
) -> None:
    """A change must name what its author has seen; a star says that it does not matter."""
    draft, ids = a_coming_edition(runtime)
    with runtime.begin() as session:
        curate.drop(session, draft, ids["Deux"], Editor(), now=runtime.clock())
    here = f"/editions/{draft}{path}"

    blind = system.call(method, here, body)
    late = system.call(method, here, body, seen=0)
    weak = system.call(method, here, body, seen='W/"1"')
    right = system.call(method, here, body, seen='"7", "1"')
    any_ = system.call(method, here, body, seen="*")

    assert [each.status_code for each in (blind, late, weak, right, any_)] == [
        428,
        412,
        412,
        200,
        200,
    ]
    assert blind.headers["content-type"] == "application/problem+json"
    assert 'send its ETag as If-Match; it is "1" now' in blind.json()["detail"]
    assert late.json()["detail"] == (
        f'Another editor has changed edition {draft}: its version is "1" now. Read it again, then '
        "make your change."
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "sentence"),
    [
        ("PATCH", "", {}, "No text was named"),
        ("PATCH", "", {"subject": "x" * 201}, "subject may have at most 200 characters."),
        ("PATCH", "", {"sponsor_url": "javascript:1"}, "https://"),
        ("PATCH", "", {"title": "x"}, "title is no field of this operation"),
        ("PUT", "/articles/1", {"pinned": True, "dropped": True}, "not both"),
        ("PUT", "/articles/1", {"section": "Chats"}, "Chats"),
        ("PUT", "/articles/4711", {}, "There is no article 4711"),
        ("PUT", "/order", {"section": "Sport", "articles": [1]}, "Article 1 is not in the sect"),
        (
            "PUT",
            "/order",
            {"section": "Sport", "articles": []},
            "articles must have 1 entries or more.",
        ),
        ("PUT", f"/articles/{2**63}", {}, "article must be at most 9223372036854775807."),
    ],
    ids=str,
)
def test_wrong_input_gets_a_sentence_and_changes_nothing(
    runtime: Runtime, system: System, method: str, path: str, body: object, sentence: str
) -> None:
    """Its author reads a log, not our code."""
    draft, _ = a_coming_edition(runtime)

    refused = system.call(method, f"/editions/{draft}{path}", body, seen=0)

    assert refused.status_code == 422
    assert sentence in refused.json()["detail"]
    with runtime.begin() as session:
        assert get_edition(session, draft).curation_version == 0
    assert audited(runtime.begin) == []


def test_an_edition_is_held_approved_and_cancelled(runtime: Runtime, system: System) -> None:
    """With If-Match it is what was read that is approved."""
    draft, ids = a_coming_edition(runtime, needs_approval=True)
    here = f"/editions/{draft}"

    held = system.call("POST", f"{here}/hold").json()
    system.call("PUT", f"{here}/articles/{ids['Un']}", {"dropped": True}, seen="*")
    late = system.call("POST", f"{here}/approve", seen=0)
    approved = system.call("POST", f"{here}/approve", seen=1).json()
    cancelled = system.call("POST", f"{here}/cancel").json()
    again = system.call("POST", f"{here}/cancel")

    assert (held["held"], held["goes_out_at"]) == (True, None)
    assert late.status_code == 412
    assert (approved["held"], approved["goes_out_at"]) == (False, "2023-02-08T07:00:00Z")
    assert cancelled["state"] == "cancelled"
    assert (again.status_code, again.json()["detail"]) == (
        409,
        f"Edition {draft} is cancelled: it cannot be cancelled any more.",
    )


def test_a_coming_edition_is_sent_now(runtime: Runtime, system: System) -> None:
    """As the console's button does; a copied database sends nothing."""
    draft, _ = a_coming_edition(runtime)
    with runtime.begin() as session:
        sending_guard.disable_sending(session, now=runtime.clock())
    blocked = system.call("POST", f"/editions/{draft}/send")
    with runtime.begin() as session:
        sending_guard.enable_sending(session, now=runtime.clock())

    sent = system.call("POST", f"/editions/{draft}/send")

    assert (blocked.status_code, sent.status_code) == (409, 200)
    assert sent.json()["state"] == "planned"
    assert audited(runtime.begin)[-1] == (
        "edition.sent_by_hand",
        {"edition_id": draft, "key_id": 1},
    )
    with runtime.begin() as session:
        build.select_articles(session, draft, now=runtime.clock())
        build.freeze(session, draft, now=runtime.clock())
        assert get_edition(session, draft).state is EditionState.FROZEN
    frozen = system.call("GET", f"/editions/{draft}").json()
    assert [each["title"] for each in frozen["articles"]] == ["Un", "Deux", "Un match"]
    late = system.call("PATCH", f"/editions/{draft}", {"subject": "Trop tard"}, seen="*")
    assert late.status_code == 409


@pytest.mark.parametrize("act", ["approve", "send"])
def test_four_eyes_are_never_those_of_one_key(
    runtime: Runtime, client: TestClient, act: str
) -> None:
    """Neither does a key approve its own changes, nor its owner's."""
    draft, ids = a_coming_edition(runtime, needs_approval=True, needs_second_editor=True)
    awa, kofi = an_editor(runtime, "awa"), an_editor(runtime, "kofi")
    of_awa = System(client, runtime, owner=awa)

    def changed_by(editor: int) -> None:
        with runtime.begin() as session:
            curate.pin(session, draft, ids["Un"], Editor(operator_id=editor), now=runtime.clock())

    of_awa.call("PATCH", f"/editions/{draft}", {"subject": "Ce matin"}, seen="*")
    own = of_awa.call("POST", f"/editions/{draft}/{act}")
    changed_by(awa)
    owners = of_awa.call("POST", f"/editions/{draft}/{act}")
    changed_by(kofi)
    others = of_awa.call("POST", f"/editions/{draft}/{act}")

    assert [each.status_code for each in (own, owners, others)] == [409, 409, 200]
    assert "a key does not approve what a key" in own.json()["detail"]


def test_a_key_does_what_its_scopes_allow(runtime: Runtime, client: TestClient) -> None:
    """A screen that shows the coming edition must not be able to send it."""
    draft, _ = a_coming_edition(runtime)
    here = f"/editions/{draft}"
    screen = System(client, runtime, ApiKeyScope.READ_EDITIONS)
    site = System(client, runtime, ApiKeyScope.EVENTS)

    assert screen.call("GET", here).status_code == 200
    assert screen.call("POST", f"{here}/send").status_code == 403
    assert "has the scope editions:write" in screen.call("POST", f"{here}/send").json()["detail"]
    assert site.call("GET", here).status_code == 403
    assert client.get(f"/api/v1{here}").status_code == 401


@pytest.mark.parametrize("path", ["/editions/4711", "/newsletters/le-soir/editions/coming"])
def test_what_does_not_exist_is_not_found(runtime: Runtime, system: System, path: str) -> None:
    """The sentence names it."""
    answer = system.call("GET", path)

    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is no ")
