"""The form of a pacing file: what is read, what is refused, and one file over another."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.delivery.throttling.pacing_config import (
    NUMBERS,
    BackoffConfig,
    config_error,
    parse_pacing_config,
)
from service.kit.errors import Misconfigured
from tests.rules.code import ROOT

OURS = (ROOT / "service/delivery/throttling/pacing.toml").read_text("utf-8")


def test_an_empty_file_has_no_limits() -> None:
    config = parse_pacing_config("")

    assert config.providers == {}
    assert (config.regained_per_minute, config.after_stop) == (0, 0)


def test_every_key_is_read_as_it_is_written() -> None:
    config = parse_pacing_config(
        """
        [receiver.orange]
        domains = ["orange.fr", "*.orange.ci"]
        in_flight = 0
        per_connection = 100
        per_minute = 1000000
        slowed_per_minute = 1
        basis = { in_flight = "observed" }
        source = "a postmaster page"
        checked = 2026-11-24
        [[receiver.orange.backoff]]
        texts = ["too * connections"]
        codes = "421"
        action = "stop"
        minutes = 3
        """
    )

    orange = config.providers["orange"]
    assert orange.domains == ("orange.fr", "*.orange.ci")
    assert [getattr(orange, name) for name in NUMBERS] == [0, 100, 1_000_000, 1]
    assert orange.basis == {"in_flight": "observed"}
    assert (orange.source, orange.checked) == ("a postmaster page", date(2026, 11, 24))
    assert orange.backoff == (
        BackoffConfig(texts=("too * connections",), codes="421", action="stop", minutes=3),
    )


def test_a_reply_that_is_ignored_needs_no_minutes() -> None:
    config = parse_pacing_config(
        '[[receiver.x.backoff]]\ntexts = ["greylisted"]\naction = "ignore"\n'
    )

    assert config.providers["x"].backoff[0].minutes is None


@pytest.mark.parametrize(
    ("resume", "regained"),
    [
        ("step = 0.5\nevery = 10", 0.05),
        ("step = 1.0\nevery = 1", 1),
        # Without an interval the step comes every five minutes.
        ("step = 0.5", 0.1),
        ("every = 10", 0),
    ],
)
def test_a_rate_comes_back_by_its_step_over_its_interval(resume: str, regained: float) -> None:
    config = parse_pacing_config(f"[resume]\n{resume}\n")

    assert config.regained_per_minute == pytest.approx(regained)


def test_a_number_of_the_other_file_counts_even_if_it_is_zero() -> None:
    ours = parse_pacing_config("[receiver.a]\nin_flight = 5\nper_minute = 60\nper_connection = 9\n")
    theirs = parse_pacing_config("[receiver.a]\nin_flight = 0\nper_minute = 7\n")

    both = ours.overlaid(theirs).providers["a"]

    assert (both.in_flight, both.per_minute, both.per_connection) == (0, 7, 9)
    assert both.slowed_per_minute is None


def test_the_other_files_words_are_compared_first_and_ours_stay() -> None:
    rule = '[[receiver.a.backoff]]\ntexts = ["{}"]\naction = "ignore"\n'
    ours = parse_pacing_config(rule.format("ours"))
    theirs = parse_pacing_config(rule.format("theirs"))

    both = ours.overlaid(theirs).providers["a"]

    assert [each.texts for each in both.backoff] == [("theirs",), ("ours",)]


def test_a_domain_leaves_the_table_that_had_it_and_stands_once() -> None:
    ours = parse_pacing_config('[receiver.a]\ndomains = ["x.org", "y.org"]\n')
    theirs = parse_pacing_config(
        '[receiver.a]\ndomains = ["y.org"]\n[receiver.b]\ndomains = ["x.org"]\n'
    )

    both = ours.overlaid(theirs).providers

    assert both["a"].domains == ("y.org",)
    assert both["b"].domains == ("x.org",)


def test_what_the_other_file_does_not_say_of_resuming_stays() -> None:
    ours = parse_pacing_config("[resume]\nstep = 0.5\nevery = 10\nafter_stop = 0.25\n")
    theirs = parse_pacing_config("[resume]\nevery = 5\n")

    both = ours.overlaid(theirs)

    assert both.regained_per_minute == pytest.approx(0.1)
    assert both.after_stop == 0.25


def test_laying_one_file_over_another_changes_neither() -> None:
    ours = parse_pacing_config('[receiver.a]\ndomains = ["x.org"]\nin_flight = 5\n')
    theirs = parse_pacing_config('[receiver.b]\ndomains = ["x.org"]\n[receiver.a]\nin_flight = 1\n')

    ours.overlaid(theirs)

    assert ours.providers["a"].domains == ("x.org",)
    assert ours.providers["a"].in_flight == 5
    assert theirs.providers["a"].domains == ()


def test_every_number_says_where_it_comes_from() -> None:
    """A limit that looks published and is not would be defended for years."""
    book = parse_pacing_config(OURS)

    for name, provider in book.providers.items():
        given_numbers = {key for key in NUMBERS if getattr(provider, key) is not None}
        assert given_numbers - {"slowed_per_minute"} == set(provider.basis), name
        assert len(provider.source) > 20, name
        assert provider.checked, name
        if "published" in provider.basis.values():
            assert "https://" in provider.source, name


def test_no_domain_stands_twice() -> None:
    domains = [
        domain for each in parse_pacing_config(OURS).providers.values() for domain in each.domains
    ]

    assert len(domains) == len(set(domains)) > 100


@pytest.mark.parametrize(
    ("file", "advice"),
    [
        ("[receiver.google\n", "is not TOML"),
        ("[receivers]\n", "unknown key 'receivers' in the file: use receiver, resume"),
        ("[receiver.google]\nin_fligth = 3\n", "unknown key 'in_fligth' in [receiver.google]"),
        ("[receiver.google]\nin_flight = -1\n", "whole number from 0"),
        ("[receiver.google]\nin_flight = true\n", "whole number from 0"),
        ('[receiver.google]\nper_minute = "fast"\n', "whole number from 0"),
        ("[receiver.google]\nslowed_per_minute = 0\n", "use at least 1"),
        ('[receiver.google]\ndomains = "gmail.com"\n', 'no list of texts such as ["example.org"]'),
        ('[receiver.google]\ndomains = ["a@b.org"]\n', "write example.org, or *.example.org"),
        ('[receiver."Gmail!"]\n', "a name is small letters and digits"),
        (
            '[receiver.a]\ndomains = ["x.org"]\n[receiver.b]\ndomains = ["x.org"]\n',
            "has x.org in [receiver.a] and in [receiver.b]: choose one",
        ),
        ("receiver = 3\n", "should be a table"),
        ('[receiver.x]\nbasis = { in_flight = "heard" }\n', "use published, observed, cautious"),
        ('[receiver.x]\nchecked = "today"\n', "write a date"),
        ('[[receiver.x.backoff]]\ntexts = ["a"]\naction = "run"\n', "use slow, stop, ignore"),
        ('[[receiver.x.backoff]]\ntexts = [" * "]\naction = "slow"\nminutes = 1\n', "no texts"),
        ('[[receiver.x.backoff]]\ntexts = ["a"]\naction = "slow"\n', "has no minutes"),
        (
            '[[receiver.x.backoff]]\ntexts = ["a"]\ncodes = "2"\naction = "slow"\nminutes = 1\n',
            "write the first digits",
        ),
        ("[receiver.x]\nbackoff = 3\n", "with two brackets"),
        ("[resume]\nstep = 0\n", "has step = 0 in [resume]: use a share above 0 and at most 1"),
        ("[resume]\nstop = 1\n", "unknown key 'stop' in [resume]: use after_stop, every, step"),
        ("[receiver.x]\nbasis = { speed = 'cautious' }\n", "'speed' in basis of [receiver.x]"),
        ("[receiver.x]\nbackoff = [3]\n", "must have tables in [[receiver.x.backoff]]"),
        ('[[receiver.x.backoff]]\ntexts = ["a"]\nminutes = 1\n', "has action = None in [[rec"),
        ("[receiver.x]\nsource = 3\n", "has source = 3 in [receiver.x]: write a text"),
        ("[receiver]\nx = 3\n", "has x = 3, which should be a table"),
        ("[resume]\nevery = 0\n", "whole number from 1"),
    ],
)
def test_a_fault_in_a_pacing_file_is_one_sentence_that_says_what_to_do(
    file: str, advice: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        parse_pacing_config(file)

    assert str(refused.value).startswith("CRIEUR_PACING_FILE ")
    assert re.search(re.escape(advice), str(refused.value))


@pytest.mark.parametrize(
    "number", ["1000001", "1.0", "-0.5", "'5'", "[]", "2026-11-24", "inf", "nan"]
)
def test_a_limit_is_a_whole_number_up_to_a_million(number: str) -> None:
    with pytest.raises(Misconfigured, match=r"use a whole number from 0 to 1000000\."):
        parse_pacing_config(f"[receiver.x]\nper_minute = {number}\n")


@pytest.mark.parametrize("share", ["1.01", "-0.1", "inf", "nan", "'half'", "true"])
def test_a_share_is_above_zero_and_at_most_one(share: str) -> None:
    with pytest.raises(
        Misconfigured, match=r"has after_stop = .* use a share above 0 and at most 1"
    ):
        parse_pacing_config(f"[resume]\nafter_stop = {share}\n")


@pytest.mark.parametrize(
    "domain",
    ["", "Example.org", "*", "*.", "a.*.org", "-a.org", "a.org.", "a b.org", "caf\u00e9.fr"],
)
def test_a_domain_is_small_ascii_with_a_star_only_in_front(domain: str) -> None:
    with pytest.raises(
        Misconfigured, match=re.escape(f"has the domain {domain!r} in [receiver.x]")
    ):
        parse_pacing_config(f'[receiver.x]\ndomains = ["{domain}"]\n')


KEYS = st.sampled_from(["receiver", "resume", "x", "backoff", "basis", "step", "domains", *NUMBERS])
VALUES = st.recursive(
    st.sampled_from(["0", "-1", "1.5", "true", "'x'", "2026-11-24", "nan"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda each: "{" + ", ".join(f"{key} = {value}" for key, value in each.items()) + "}"
        ),
    ),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=3))
def test_values_in_the_wrong_places_are_refused_with_a_sentence(tables: dict[str, str]) -> None:
    file = "".join(f"{key} = {value}\n" for key, value in tables.items())

    fault = _fault_of(file)

    assert fault == "" or re.fullmatch(r"CRIEUR_PACING_FILE (?:has|must) .*\.", fault)
    assert fault or set(tables) <= {"receiver", "resume"}


def _fault_of(file: str) -> str:
    try:
        parse_pacing_config(file)
    except Misconfigured as refused:
        return str(refused)
    return ""


def test_an_error_names_the_setting_and_the_page() -> None:
    assert str(config_error("is empty")) == (
        "CRIEUR_PACING_FILE is empty. docs/pacing.md shows the form."
    )
