"""Redis is asked and passwords are hashed while no connection to the database is held."""

from argon2 import _password_hasher as argon2
from starlette.testclient import TestClient

from service.accounts import one_time_links, operators, passwords
from service.accounts.roles import Role
from service.accounts.tables import Operator
from service.boot import Runtime
from service.kit import redis_store
from service.web import proof_of_work
from service.web.app import make_app
from service.web.reader import signup_limits
from tests.builders import a_newsletter
from tests.fakes.overheard import overheard
from tests.rooms.web.reader.conftest import Back
from tests.rooms.web.signed_in import a_stranger

PASSWORD = "une phrase à moi"


def a_reader_of(runtime: Runtime) -> TestClient:
    return TestClient(
        make_app(runtime), base_url="http://crieur.test", client=("203.0.113.77", 50000)
    )


def test_a_sign_up_and_its_confirmation_ask_redis_between_transactions(runtime: Runtime) -> None:
    with runtime.begin() as session:
        back = Back(runtime, a_newsletter(session, now=runtime.clock()))

    with overheard(runtime, redis_store) as heard:
        asked = a_reader_of(runtime).post("/n/le-matin", data={"email": "awa@example.org"})
        opened = a_reader_of(runtime).post(back.confirm_path())

    assert (asked.status_code, opened.status_code) == (200, 200)
    assert "bienvenue" in opened.text
    assert set(heard.values()) == {0}
    assert {"RedisStore.allow", "RedisStore.count_uses"} <= heard.keys()


def test_a_proof_of_work_is_looked_at_between_transactions(runtime: Runtime) -> None:
    with runtime.begin() as session:
        a_newsletter(session, now=runtime.clock())
    for _ in range(signup_limits.BASE_LIMIT):
        runtime.redis_store.allow(
            "signup:203.0.113.0/24", limit=signup_limits.BASE_LIMIT, per=signup_limits.AN_HOUR
        )

    with overheard(runtime, redis_store, proof_of_work) as heard:
        answer = a_reader_of(runtime).post("/n/le-matin", data={"email": "awa@example.org"})

    assert answer.status_code == 429
    assert set(heard.values()) == {0}
    assert "is_solved" in heard


def test_passwords_are_hashed_between_transactions(runtime: Runtime) -> None:
    with runtime.begin() as session:
        secret = one_time_links.make_first_owner_link(session, runtime.clock())
    browser = a_stranger(runtime)
    typed = {"name": "Awa Koné", "address": "awa@example.org", "password": PASSWORD}

    with overheard(runtime, argon2, redis_store) as heard:
        came = browser.post(f"/console/link/{secret}", data=typed)
        changed = browser.post(
            "/console/account/password", data={"old": PASSWORD, "new": "encore une phrase"}
        )

    assert (came.status_code, changed.status_code) == (303, 303)
    assert set(heard.values()) == {0}
    assert {"PasswordHasher.hash", "PasswordHasher.verify", "RedisStore.allow"} <= heard.keys()


def test_an_outdated_hash_is_made_anew_between_transactions(runtime: Runtime) -> None:
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with runtime.begin() as session:
        awa = operators.add(
            session,
            address="awa@example.org",
            name="Awa",
            role=Role.OWNER,
            password_hash=cheap,
            now=runtime.clock(),
        )

    with overheard(runtime, argon2, redis_store) as heard:
        answer = a_stranger(runtime).post(
            "/console/sign-in", data={"address": "awa@example.org", "password": PASSWORD}
        )

    assert answer.status_code == 303
    assert set(heard.values()) == {0}
    assert "PasswordHasher.hash" in heard
    with runtime.begin() as session:
        stored = session.get_one(Operator, awa.id).password_hash
    assert stored != cheap
    assert passwords.verify_password(stored, PASSWORD).is_correct
