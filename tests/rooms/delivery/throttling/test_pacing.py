"""Rules per receiving system: whose a domain is, what a complaint asks for, warm-up."""

import timeit
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.throttling.pacing import (
    DEFAULT_RULE,
    WARM_UP,
    BackoffAction,
    PacingRules,
    warm_up_limit,
)
from service.kit.errors import Misconfigured
from tests.rules.code import ROOT

RULES = PacingRules.load()


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmail.com", "google"),
        ("Gmail.COM", "google"),
        ("gmail.com.", "google"),
        ("yahoo.fr", "yahoo"),
        ("hotmail.fr", "microsoft"),
        ("icloud.com", "apple"),
        ("wanadoo.fr", "orange"),
        ("neuf.fr", "sfr"),
        ("laposte.net", "laposte"),
        ("free.fr", "free"),
        ("bbox.fr", "bouygues"),
        ("web.de", "webde"),
        ("proton.me", "proton"),
        ("notgmail.com", DEFAULT_RULE),
        ("mail.gmail.com", DEFAULT_RULE),
        ("com", DEFAULT_RULE),
        ("", DEFAULT_RULE),
    ],
)
def test_a_domain_belongs_to_the_system_that_receives_for_it(domain: str, provider: str) -> None:
    assert RULES.rule_name_of(domain) == provider


def test_a_star_stands_for_all_below_a_domain_and_the_closest_one_wins() -> None:
    rules = PacingRules.load(
        override="""
        [receiver.wide]
        domains = ["*.example.org"]
        [receiver.close]
        domains = ["*.post.example.org", "exact.example.org"]
        """
    )

    names = ("a.example.org", "b.a.example.org", "x.post.example.org", "exact.example.org")

    assert [rules.rule_name_of(name) for name in names] == ["wide", "wide", "close", "close"]
    assert rules.rule_name_of("example.org") == DEFAULT_RULE


@given(st.text())
def test_any_domain_has_a_receiver(domain: str) -> None:
    assert RULES.rule_of(RULES.rule_name_of(domain)).slowed_per_minute >= 1


def test_looking_a_known_domain_up_costs_less_than_a_microsecond() -> None:
    rules = PacingRules.load()
    rules.rule_name_of("example.org")

    best = min(timeit.repeat(lambda: rules.rule_name_of("example.org"), number=1000, repeat=20))

    assert best / 1000 < 1e-6


@pytest.mark.parametrize(
    ("provider", "reply", "act", "minutes"),
    [
        (
            "google",
            (
                "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating "
                "from your SPF domain. To protect our users from spam, mail sent from your domain "
                "has been temporarily rate limited."
            ),
            BackoffAction.SLOW,
            30,
        ),
        (
            "google",
            (
                "421 4.7.0 Our system has detected that this message is suspicious due to the very "
                "low reputation of the sending domain."
            ),
            BackoffAction.STOP,
            60,
        ),
        ("google", "421 4.7.0 Try again later, closing connection.", BackoffAction.SLOW, 10),
        (
            "yahoo",
            (
                "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected "
                "volume or user complaints - 4.16.55.1"
            ),
            BackoffAction.STOP,
            60,
        ),
        (
            "yahoo",
            "421 4.7.1 [TS03] All messages from 192.0.2.1 permanently deferred",
            BackoffAction.STOP,
            240,
        ),
        (
            "microsoft",
            (
                "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to "
                "IP reputation. (S775)"
            ),
            BackoffAction.STOP,
            30,
        ),
        (
            "microsoft",
            (
                "451 4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of "
                "connections. (S3115)"
            ),
            BackoffAction.SLOW,
            15,
        ),
        (
            "microsoft",
            (
                "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact "
                "your Internet service provider since part of their network is on our block list "
                "(S3140)."
            ),
            BackoffAction.STOP,
            240,
        ),
        (
            "microsoft",
            "451 4.7.500 Server busy. Please try again later from [192.0.2.1]",
            BackoffAction.SLOW,
            10,
        ),
        ("apple", "550 5.7.1 [CS01] Message rejected due to local policy.", BackoffAction.STOP, 60),
        (
            "orange",
            (
                "421 smtp-in.orange.fr ME Trop de connexions, veuillez verifier votre "
                "configuration. Too many connections, slow down. OFR004_104"
            ),
            BackoffAction.SLOW,
            15,
        ),
        (
            "orange",
            "421 Service refuse. Veuillez essayer plus tard. OFR004_105",
            BackoffAction.STOP,
            60,
        ),
        (
            "sfr",
            "450 4.7.1 Service refused due to bad behavior SFR_IN_101",
            BackoffAction.STOP,
            120,
        ),
        (
            "laposte",
            "450 4.7.1 Service refuse. Veuillez essayer plus tard LPN027_503",
            BackoffAction.STOP,
            60,
        ),
        ("free", "421 Too many spams from your IP (192.0.2.1)", BackoffAction.STOP, 240),
        (
            "webde",
            (
                "421 web.de (mxweb113) Nemesis ESMTP Service not available Reject due to policy "
                "restrictions Too many messages have been received in a short period of time."
            ),
            BackoffAction.STOP,
            120,
        ),
        (
            DEFAULT_RULE,
            "421 4.7.0 mx.example.org Error: too many connections from 192.0.2.1",
            BackoffAction.SLOW,
            5,
        ),
        (DEFAULT_RULE, "450 4.7.1 Rate limit exceeded", BackoffAction.SLOW, 10),
        ("proton", "452 4.3.2 Connection rate limit exceeded", BackoffAction.SLOW, 5),
    ],
)
def test_a_receivers_own_words_are_understood(
    provider: str, reply: str, act: BackoffAction, minutes: int
) -> None:
    backoff = RULES.backoff_for(provider, reply)

    assert backoff is not None
    assert (backoff.act, backoff.lasts) == (act, timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("provider", "reply"),
    [
        ("google", "250 2.0.0 OK, unusual rate of unsolicited praise"),
        ("google", "450 4.2.1 The user you are trying to contact is receiving mail too quickly."),
        ("google", "550 5.1.1 The email account that you tried to reach does not exist."),
        ("google", "452 4.2.2 The recipient's inbox is out of storage space"),
        ("apple", "421 4.7.1 Messages to <address> deferred due to excessive volume."),
        (DEFAULT_RULE, "450 4.2.0 Greylisted, try again in 300 seconds, rate limit"),
        (DEFAULT_RULE, "550 5.7.1 too many connections in the history of this address"),
        (DEFAULT_RULE, ""),
    ],
)
def test_what_tells_of_one_mailbox_slows_nobody(provider: str, reply: str) -> None:
    assert RULES.backoff_for(provider, reply) is None


@given(st.sampled_from(sorted(RULES.providers)), st.text(max_size=2000))
def test_no_reply_breaks_anything(provider: str, text: str) -> None:
    for code in ("421 ", "550 ", ""):
        backoff = RULES.backoff_for(provider, code + text)

        assert backoff is None or backoff.lasts > timedelta(0)


def test_an_own_file_changes_what_it_names_and_nothing_else() -> None:
    rules = PacingRules.load(
        override="""
        [receiver.orange]
        in_flight = 6
        per_minute = 900
        domains = ["orange.ci"]
        [[receiver.orange.backoff]]
        texts = ["too many connections"]
        action = "stop"
        minutes = 3

        [receiver.google]
        in_flight = 0

        [receiver.mine]
        domains = ["gmail.com"]
        per_minute = 30

        [resume]
        step = 0.5
        """
    )

    orange, google, mine = (rules.rule_of(name) for name in ("orange", "google", "mine"))
    assert (orange.in_flight, orange.per_minute, orange.per_connection) == (6, 900, 100)
    assert [rules.rule_name_of(name) for name in ("orange.fr", "orange.ci")] == ["orange", "orange"]
    assert (google.in_flight, google.per_minute) == (None, None)
    assert (rules.rule_name_of("gmail.com"), rules.rule_name_of("googlemail.com")) == (
        "mine",
        "google",
    )
    assert mine.slowed_per_minute == RULES.rule_of(DEFAULT_RULE).slowed_per_minute
    changed = rules.backoff_for("orange", "421 too many connections")
    assert changed is not None
    assert (changed.act, changed.lasts) == (BackoffAction.STOP, timedelta(minutes=3))
    assert rules.backoff_for("mine", "450 4.7.1 Rate limit exceeded") is not None
    assert rules.regained_per_minute == 0.1


def test_the_example_in_the_docs_is_taken() -> None:
    page = (ROOT / "docs/pacing.md").read_text("utf-8")
    example = page.split("```toml\n")[1].split("```")[0]

    rules = PacingRules.load(override=example)

    assert rules.rule_of("orange").in_flight == 8
    assert rules.rule_name_of("mail.partner.example") == "partner"
    busy = rules.backoff_for("partner", "421 Busy right now, come back")
    assert busy is not None
    assert (busy.act, busy.lasts) == (BackoffAction.STOP, timedelta(minutes=15))


def test_the_docs_show_the_days_of_warming_up_as_they_are() -> None:
    page = (ROOT / "docs/pacing.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| messages | "))

    cells = [cell.strip().replace(",", "") for cell in row.strip("|").split("|")]

    assert cells[1:] == [*map(str, WARM_UP), "no limit"]


def test_limits_for_a_provider_that_is_unknown_and_has_no_domains_are_refused() -> None:
    with pytest.raises(
        Misconfigured, match=r"^CRIEUR_PACING_FILE has \[receiver.oragne\]"
    ) as refused:
        PacingRules.load(override="[receiver.oragne]\nin_flight = 8\n")

    assert "which is unknown and has no domains: give it domains" in str(refused.value)


@given(st.text(max_size=300))
def test_any_own_file_is_taken_or_refused_with_a_sentence(file: str) -> None:
    assert _taken(file) is None or str(_taken(file)).startswith("CRIEUR_PACING_FILE ")


def test_a_new_sender_begins_small_and_is_free_after_the_last_day() -> None:
    first = date(2026, 11, 20)

    days = [warm_up_limit(first, first + timedelta(days=day)) for day in range(-1, 11)]

    assert days == [0, *WARM_UP, None]


@given(st.dates(), st.integers(0, 400))
def test_warming_up_never_goes_back(first: date, days: int) -> None:
    if date.max - first < timedelta(days=days + 1):
        return
    limits = [warm_up_limit(first, first + timedelta(days=day)) for day in (days, days + 1)]

    assert limits[1] is None or (limits[0] is not None and limits[0] <= limits[1])


def _taken(file: str) -> Misconfigured | None:
    try:
        assert PacingRules.load(override=file).rule_name_of("laposte.net")
    except Misconfigured as refused:
        return refused
    return None
