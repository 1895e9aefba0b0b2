"""Every page of the console asks who is there; a viewer changes nothing."""

from collections.abc import Sequence

import pytest
from fastapi.routing import _iter_routes_with_context
from sqlalchemy import text
from starlette.routing import BaseRoute

from service.accounts.roles import Role
from service.boot import Runtime
from service.kit.db import Base
from service.web.app import make_app
from service.web.console.routes import router
from tests.builders import a_newsletter, a_reader, an_article
from tests.rooms.web.signed_in import a_stranger, an_operator

OPEN = {"/console/sign-in", "/console/sign-out", "/console/link/{secret}"}
# Of themselves even viewers may decide.
OWN = {
    "/console/account/language",
    "/console/account/password",
    "/console/account/sign-out-elsewhere",
}
FILLED = {
    "slug": "le-matin",
    "secret": "x",
    "act": "pause",
    "mask": "0",
    "edition_id": "1",
    "feed_id": "1",
    "article_id": "1",
    "subscriber_id": "1",
    "key_id": "1",
    "operator_id": "1",
}


def paths(routes: Sequence[BaseRoute], method: str) -> list[str]:
    """Every path of the console with this method, as the application knows it."""
    found = [
        # `{secret:path}` takes slashes, too: the name is all that matters here.
        str(context.path).replace(":path}", "}")
        for _, context in _iter_routes_with_context(routes)
        if context is not None and method in (context.methods or ())
    ]
    return sorted(path for path in found if path.startswith("/console"))


GETS = [path for path in paths(router.routes, "GET") if path not in OPEN]
POSTS = [path for path in paths(router.routes, "POST") if path not in OPEN]


def test_the_lists_hold_every_console_route_of_the_application(runtime: Runtime) -> None:
    app = make_app(runtime)

    assert set(paths(app.routes, "GET")) == {*GETS, *OPEN} - {"/console/sign-out"}
    assert set(paths(app.routes, "POST")) == {*POSTS, *OPEN}
    assert len(GETS) >= 18
    assert len(POSTS) >= 14


def test_no_page_is_shown_without_a_session(runtime: Runtime) -> None:
    browser = a_stranger(runtime)

    for path in GETS:
        answer = browser.get(path.format(**FILLED))

        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/console/sign-in?next="), path


def test_nothing_is_changed_without_a_session(runtime: Runtime) -> None:
    browser = a_stranger(runtime)

    for path in POSTS:
        answer = browser.post(path.format(**FILLED), data={"name": "x"})

        assert answer.status_code == 303, path
        assert answer.headers["location"] == "/console/sign-in", path


def _everything(runtime: Runtime) -> list[str]:
    with runtime.begin() as session:
        return [
            f"{name}: {row}"
            for name in sorted(Base.metadata.tables)
            for row in session.execute(text(f"SELECT * FROM {name} ORDER BY 1, 2"))
        ]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_looking_at_any_page_changes_nothing(runtime: Runtime, method: str) -> None:
    with runtime.begin() as session:
        newsletter = a_newsletter(session, now=runtime.clock())
        an_article(session, "Politique", seen=runtime.clock())
        a_reader(session, newsletter, now=runtime.clock())
    owner = an_operator(runtime)
    assert owner.post("/console/newsletters/le-matin/send").status_code == 303
    before = _everything(runtime)

    statuses = {
        owner.request(method, path.format(**FILLED)).status_code
        for path in [*GETS, *GETS, *POSTS]
        # It is open until the edition is over.
        if not path.endswith("/live")
    }

    assert statuses <= {200, 303, 404, 405, 409}
    assert _everything(runtime) == before


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(runtime: Runtime) -> None:
    answer = a_stranger(runtime).get("/console/editions/1/progress", headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/console/sign-in"


def test_a_viewer_may_post_nothing_but_what_is_their_own(runtime: Runtime) -> None:
    browser = an_operator(runtime, Role.VIEWER)

    refused = [
        path
        for path in POSTS
        if browser.post(path.format(**FILLED), data={"act": "save", "name": "x"}).status_code == 403
    ]

    assert set(POSTS) - set(refused) == OWN


def test_an_editor_makes_no_keys(runtime: Runtime) -> None:
    browser = an_operator(runtime, Role.EDITOR)

    assert browser.get("/console/keys").status_code == 403
    assert browser.post("/console/keys", data={"name": "x"}).status_code == 403
    assert 'href="/console/keys"' not in browser.get("/console").text


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_viewer_sees_no_button_that_would_be_refused(runtime: Runtime, locale: str) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    browser = an_operator(runtime, Role.VIEWER, locale=locale)

    for address in ("/console", "/console/newsletters", "/console/newsletters/le-matin"):
        page = browser.get(address).text

        assert '/send"' not in page
        assert '/edit"' not in page
        assert 'method="post" action="/console/newsletters' not in page


def test_a_viewer_is_told_which_roles_may(runtime: Runtime) -> None:
    french = an_operator(runtime, Role.VIEWER)
    english = an_operator(runtime, Role.VIEWER, locale="en")

    editing = french.post(
        "/console/newsletters/le-matin/feeds/1/poll", headers={"accept-language": "en"}
    )
    keys = english.get("/console/keys")

    assert (editing.status_code, keys.status_code) == (403, 403)
    assert "propriétaire ou rédacteur" in editing.text
    assert "Only these roles may do this: owner." in keys.text
