"""How many sign-ups a network may send, and the proof of work beyond that."""

import base64
import html
import json
import re

import pytest
from altcha import Challenge, Payload, create_challenge, solve_challenge
from starlette.testclient import TestClient

from service.boot import Runtime
from service.web.reader import signup_limits
from tests.conftest import FakeClock
from tests.rooms.web.reader.conftest import Back

NETWORK = "203.0.113.0/24"
AWA = {"email": "awa@example.org"}


def test_one_network_may_sign_up_twenty_readers_an_hour(browser: TestClient, back: Back) -> None:
    answers = [
        browser.post("/n/le-matin", data={"email": f"reader{number}@example.org"})
        for number in range(21)
    ]

    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert len(back.mails()) == 20
    assert "Réessayez dans une heure" in answers[-1].text


def _use_up(runtime: Runtime) -> None:
    for _ in range(signup_limits.BASE_LIMIT):
        runtime.redis_store.allow(
            f"signup:{NETWORK}", limit=signup_limits.BASE_LIMIT, per=signup_limits.AN_HOUR
        )


def _solution(page: str) -> str:
    found = re.search(r'data-challenge="([^"]*)"', page)
    assert found is not None
    challenge = Challenge.from_dict(json.loads(html.unescape(found[1])))
    solution = solve_challenge(challenge)
    assert solution is not None
    return Payload(challenge, solution).to_base64()


@pytest.mark.parametrize("known", [True, False])
def test_a_proof_of_work_takes_a_reader_in_whatever_the_network_did_before(
    browser: TestClient, back: Back, known: bool
) -> None:
    if known:
        back.reader(address="awa@example.org")
    _use_up(back.runtime)
    form = {**AWA, "choice": "1", "section": ["politique"]}

    asked = browser.post("/n/le-matin", data=form)
    proven = {**form, "altcha": _solution(asked.text)}
    taken = browser.post("/n/le-matin", data=proven)
    again = browser.post("/n/le-matin", data=proven)

    assert (asked.status_code, taken.status_code, again.status_code) == (429, 200, 429)
    assert 'value="awa@example.org"' in asked.text
    assert asked.text.count(" checked") == 1
    assert "Consultez votre boîte" in taken.text
    assert len(back.mails()) == 1


def test_a_solution_is_worth_nothing_once_it_is_old_forged_or_another_s(
    browser: TestClient, back: Back, clock: FakeClock
) -> None:
    _use_up(back.runtime)
    solution = _solution(browser.post("/n/le-matin", data=AWA).text)
    forged = create_challenge("PBKDF2/SHA-256", 1, counter=1, hmac_secret="not ours")
    easy = solve_challenge(forged)
    assert easy is not None
    clock.advance(minutes=21)

    bad = [
        solution,
        Payload(forged, easy).to_base64(),
        solution[:-8],
        "a" * 60_000,
        "bm9uc2Vuc2U=",
        "W10=",
        "é",
        base64.b64encode(b"[" * 2000).decode(),
    ]
    answers = [browser.post("/n/le-matin", data={**AWA, "altcha": each}) for each in bad]

    assert [answer.status_code for answer in answers] == [429] * len(bad)
    assert back.mails() == []


def test_a_proof_has_an_end_too(browser: TestClient, back: Back) -> None:
    _use_up(back.runtime)
    for _ in range(signup_limits.LIMIT_WITH_PROOF):
        back.runtime.redis_store.allow(
            f"signup-proven:{NETWORK}",
            limit=signup_limits.LIMIT_WITH_PROOF,
            per=signup_limits.AN_HOUR,
        )
    solution = _solution(browser.post("/n/le-matin", data=AWA).text)

    refused = browser.post("/n/le-matin", data={**AWA, "altcha": solution})

    assert refused.status_code == 429
    assert "data-challenge" not in refused.text
    assert back.mails() == []


def test_each_reader_who_confirms_lets_the_network_send_one_more(
    browser: TestClient, back: Back
) -> None:
    for number in range(3):
        browser.post("/n/le-matin", data={"email": f"early{number}@example.org"})
        browser.post(back.confirm_path())
    answers = [
        browser.post("/n/le-matin", data={"email": f"reader{number}@example.org"})
        for number in range(21)
    ]

    assert [answer.status_code for answer in answers] == [200] * 20 + [429]


def test_a_reader_who_leaves_and_comes_back_earns_nothing_more(
    browser: TestClient, back: Back
) -> None:
    for _ in range(4):
        browser.post("/n/le-matin", data=AWA)
        confirmed = browser.post(back.confirm_path())
        personal = re.search(r"/preferences/([a-z2-7]+)", confirmed.text)
        assert personal is not None
        browser.post(f"/unsubscribe/{personal[1]}")
    answers = [
        browser.post("/n/le-matin", data={"email": f"reader{number}@example.org"})
        for number in range(18)
    ]

    # Twenty, and one that was earned: four are used up.
    assert [answer.status_code for answer in answers] == [200] * 17 + [429]


@pytest.mark.parametrize(("days", "budget"), [(10, 22), (11, 21), (30, 21), (31, 20)])
def test_each_reader_counts_for_thirty_days_of_their_own(
    browser: TestClient, back: Back, clock: FakeClock, days: int, budget: int
) -> None:
    for number, apart in enumerate((20, days)):
        browser.post("/n/le-matin", data={"email": f"early{number}@example.org"})
        browser.post(back.confirm_path())
        clock.advance(days=apart)
    left = budget - 2
    answers = [
        browser.post("/n/le-matin", data={"email": f"reader{number}@example.org"})
        for number in range(left + 1)
    ]

    assert [answer.status_code for answer in answers] == [200] * left + [429]
