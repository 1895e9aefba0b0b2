"""A browser at the console, with an operator's cookie or without one."""

from starlette.testclient import TestClient

from service.accounts import operators, sessions
from service.accounts.roles import Role
from service.boot import Runtime
from service.web.app import make_app
from service.web.console.auth import COOKIE


def a_stranger(runtime: Runtime) -> TestClient:
    """A browser that nobody has signed in."""
    return TestClient(make_app(runtime), base_url="http://crieur.test", follow_redirects=False)


def an_operator(runtime: Runtime, role: Role = Role.OWNER, *, locale: str = "fr") -> TestClient:
    """A browser in which an operator of this role is signed in."""
    browser = a_stranger(runtime)
    now = runtime.clock()
    with runtime.begin() as session:
        operator = operators.add(
            session, address=f"{role}-{locale}@example.org", name="Awa Koné", role=role, now=now
        )
        operators.set_locale(session, operator.id, locale)
        secret = sessions.open_session(session, operator.id, now=now)
    browser.cookies.set(COOKIE, secret, domain="crieur.test", path="/console")
    return browser
