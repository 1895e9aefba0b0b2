"""Without Redis: what all processes grant together stays below each limit."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.throttling.local_share import LocalShare
from service.delivery.throttling.request import (
    DAY_LIMIT_WAIT,
    MINUTE,
    SECOND,
    Backoff,
    RecoveryRate,
    SharedLimit,
    ThrottleClaim,
    ThrottleRequest,
)

RESUME = RecoveryRate(slope=0, after_stop=0.125)
Steps = list[tuple[int, int, int, bool]]

steps = st.lists(
    st.tuples(
        st.integers(0, 7),  # Which process asks.
        st.integers(0, 30 * SECOND),  # How long after the last question.
        st.integers(1, 500),  # For how many messages.
        st.booleans(),  # Whether a person waits for them.
    ),
    min_size=1,
    max_size=60,
)


def throttle_request(
    claim: ThrottleClaim, *, transactional: bool = False, run: str = "run", shared: float = 0
) -> ThrottleRequest:
    return ThrottleRequest(
        claims=(claim,),
        shared_limits=(SharedLimit(key="all", per_minute=shared),) if shared else (),
        transactional=transactional,
        run=run,
        recovery=RESUME,
    )


def ask(
    share: LocalShare,
    claim: ThrottleClaim,
    *,
    now: int = 0,
    processes: int = 1,
    transactional: bool = False,
) -> int:
    request = throttle_request(claim, transactional=transactional)
    return share.decide(request, processes=processes, now=now)[claim.key].granted


@given(per_minute=st.integers(1, 20_000), processes=st.integers(1, 8), steps=steps)
def test_the_processes_together_grant_no_more_than_the_limit_in_any_window(
    per_minute: int, processes: int, steps: Steps
) -> None:
    shares, now = [LocalShare() for _ in range(processes)], 0
    length = max(10 * SECOND, -(-MINUTE * processes // per_minute))
    granted: Counter[int] = Counter()

    for process, pause, want, transactional in steps:
        now += pause
        claim = ThrottleClaim(key="post", want=want, per_minute=per_minute)
        granted[now // length] += ask(
            shares[process % processes],
            claim,
            now=now,
            processes=processes,
            transactional=transactional,
        )

    assert max(granted.values()) <= per_minute * length / MINUTE


@given(shared=st.integers(1, 20_000), processes=st.integers(1, 8), steps=steps)
def test_a_limit_over_all_providers_holds_for_the_sum(
    shared: int, processes: int, steps: Steps
) -> None:
    shares, now = [LocalShare() for _ in range(processes)], 0
    length = max(10 * SECOND, -(-MINUTE * processes // shared))
    granted: Counter[int] = Counter()

    for process, pause, want, transactional in steps:
        now += pause
        claim = ThrottleClaim(key=f"provider {want % 3}", want=want)
        request = throttle_request(claim, transactional=transactional, shared=shared)
        answer = shares[process % processes].decide(request, processes=processes, now=now)
        granted[now // length] += answer[claim.key].granted

    assert max(granted.values()) <= shared * length / MINUTE


@given(per_minute=st.integers(1, 20_000), processes=st.integers(1, 8))
def test_waiting_as_answered_always_leads_to_a_grant(per_minute: int, processes: int) -> None:
    share, claim = LocalShare(), ThrottleClaim(key="post", want=100_000, per_minute=per_minute)
    first = share.decide(throttle_request(claim), processes=processes, now=3)["post"]

    again = share.decide(throttle_request(claim), processes=processes, now=3 + first.wait)["post"]

    assert first.granted >= 1
    assert again.granted >= 1


def test_a_provider_without_a_limit_gets_everything_until_it_asks_for_less() -> None:
    share, claim = LocalShare(), ThrottleClaim(key="post", want=500, slowed=120)

    before = ask(share, claim)
    share.apply_backoff(Backoff(key="post", stop=False, lasts=MINUTE), now=0)
    meanwhile = ask(share, claim)
    after = ask(share, claim, now=MINUTE)

    assert (before, meanwhile, after) == (500, 10, 500)


def test_a_stop_lets_only_confirmation_messages_pass() -> None:
    share, claim = LocalShare(), ThrottleClaim(key="post", want=9, per_minute=600)
    share.apply_backoff(Backoff(key="post", stop=True, lasts=30 * MINUTE), now=0)

    bulk = share.decide(throttle_request(claim), processes=1, now=0)["post"]
    notice = share.decide(throttle_request(claim, transactional=True), processes=1, now=0)["post"]

    assert (bulk.granted, bulk.wait) == (0, 30 * MINUTE)
    assert notice.granted == 600 // 6 // 32


@pytest.mark.parametrize(("pause", "granted"), [(SECOND, 50), (11 * SECOND, 25)])
def test_back_offs_of_one_moment_count_once(pause: int, granted: int) -> None:
    share, claim = LocalShare(), ThrottleClaim(key="post", want=900, per_minute=600)

    for now in (0, pause):
        share.apply_backoff(Backoff(key="post", stop=False, lasts=MINUTE), now=now)

    assert ask(share, claim, now=pause) == granted


def test_messages_in_flight_are_divided_among_processes_and_runs_and_one_is_left() -> None:
    share, claim = LocalShare(), ThrottleClaim(key="post", want=9, in_flight=20)

    limits = [
        share.decide(throttle_request(claim, run=run), processes=processes, now=now)[
            "post"
        ].in_flight_limit
        for run, processes, now in [("a", 2, 0), ("b", 2, 1), ("a", 40, 2), ("a", 2, 6 * SECOND)]
    ]

    assert limits == [10, 5, 1, 10]


def test_a_new_sender_s_day_is_divided_and_confirmation_messages_pass() -> None:
    share = LocalShare()
    claim = ThrottleClaim(key="post", want=80, day_key="day", day_limit=200)

    first = share.decide(throttle_request(claim), processes=4, now=0)["post"]
    notice = share.decide(throttle_request(claim, transactional=True), processes=4, now=0)["post"]

    assert (first.granted, first.wait) == (50, DAY_LIMIT_WAIT)
    assert notice.granted == 80
